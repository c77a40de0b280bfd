/** The list of reasons for one picture: pick by number, text prefilled and editable. */

import { computed, ref } from 'vue'

import type { Item, Judgement, Reason, Verdict } from '@/api/types'

export const TEXT_LIMIT = 200
export const COMMENT_LIMIT = 500

export function useReasons(of: (category: string) => readonly Reason[]) {
  const item = ref<Item | null>(null)
  const picked = ref<string | null>(null)
  const text = ref('')
  const complaint = ref<string | null>(null)

  const open = computed(() => item.value !== null)
  const list = computed(() => (item.value ? of(item.value.category) : []))

  function start(target: Item, verdict: Verdict | null): void {
    item.value = target
    complaint.value = null
    picked.value = verdict?.verdict === 'returned' ? (verdict.reason_code ?? null) : null
    text.value = verdict?.verdict === 'returned' ? (verdict.text ?? '') : ''
  }

  function leave(): void {
    item.value = null
    complaint.value = null
  }

  /** Own words are kept when another reason is picked. */
  function pick(code: string): void {
    const reason = list.value.find((one) => one.code === code)
    if (!reason) return
    const canned = text.value.trim() === '' || list.value.some((one) => one.text === text.value)
    picked.value = reason.code
    if (canned) text.value = reason.text
    complaint.value = null
  }

  function pickNumber(number: number): boolean {
    const reason = list.value[number - 1]
    if (!reason) return false
    pick(reason.code)
    return true
  }

  function move(by: number): void {
    const at = list.value.findIndex((one) => one.code === picked.value)
    const next = list.value[Math.min(list.value.length - 1, Math.max(0, at + by))]
    if (next) pick(next.code)
  }

  /** The judgement, or null with a complaint at the spot. */
  function judgement(): Judgement | null {
    const words = text.value.trim()
    if (list.value.length > 0 && picked.value === null) complaint.value = '先选一条退回原因'
    else if (words === '') complaint.value = '请写明哪里不对、怎么改，考生会看到'
    else if (words.length > TEXT_LIMIT) complaint.value = `最多 ${TEXT_LIMIT} 字，请再短 ${words.length - TEXT_LIMIT} 字`
    else {
      const result: Judgement = { verdict: 'returned', text: words }
      return picked.value ? { ...result, reason_code: picked.value } : result
    }
    return null
  }

  return { item, open, list, picked, text, complaint, start, leave, pick, pickNumber, move, judgement }
}

export type Reasons = ReturnType<typeof useReasons>
