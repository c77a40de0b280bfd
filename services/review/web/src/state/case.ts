/** One opened case: loading, the wait for the lock, verdicts at the speed of keys, the conclusion. */

import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue'

import { desk } from '@/api/desk'
import { Problem, words } from '@/api/http'
import type { Case, CaseState, Item, Judgement, Outcome, Registration, Verdict } from '@/api/types'

import { now, setServerTime } from './clock'
import { level, me } from './session'

const LOCK_POLL = 500
const QUIET_POLL = 8000
const RENEW_EVERY = 60_000
const ACTIVE_FOR = 120_000

/** Until auth has told who it is. */
const UNKNOWN: Registration = {
  name: '姓名未到', admission_ticket_no: '', id_type: '', id_number_masked: '', phone_masked: '',
  site_name: '', district_name: '', attributes: [],
}

interface Undo {
  readonly imageId: string
  readonly before: Verdict | null
}

interface Pending {
  readonly verdict: Verdict | null
  readonly token: number
}

export function useCase(caseId: string) {
  const data = shallowRef<Case | null>(null)
  const loadProblem = ref<string | null>(null)
  const verdictProblem = ref<string | null>(null)
  const refusedImage = ref<string | null>(null)
  const endProblem = ref<string | null>(null)
  const busy = ref<'' | 'claim' | 'conclude' | 'release' | 'send_back'>('')
  const concluded = ref<Outcome | null>(null)
  let concludedState: CaseState | null = null
  const pending = reactive(new Map<string, Pending>())
  const undos = ref<Undo[]>([])

  let lane: Promise<void> = Promise.resolve()
  let writes = 0
  let gone = false
  let timer = 0
  let lastActive = Date.now()
  let lastRenewal = Date.now()

  const hold = computed(() => data.value?.hold ?? null)
  const held = computed(
    () => !!hold.value && hold.value.state !== 'refused' && Date.parse(hold.value.until) > now.value,
  )
  const mine = computed(() => held.value && hold.value?.mine === true)
  const canJudge = computed(() => mine.value && hold.value?.state === 'locked' && concluded.value === null)
  const remaining = computed(() => (hold.value ? Date.parse(hold.value.until) - now.value : 0))
  const claimable = computed(
    () => data.value?.state === `awaiting_${level.value}` && !held.value,
  )

  const items = computed<readonly Item[]>(() => data.value?.items ?? [])

  /** The verdict of the own level; what another level said is shown apart. */
  function verdictOf(item: Item): Verdict | null {
    const waiting = pending.get(item.image_id)
    if (waiting) return waiting.verdict
    return isForeign(item.verdict) ? null : item.verdict
  }

  function earlierOf(item: Item): Verdict | null {
    return isForeign(item.verdict) ? item.verdict : null
  }

  function isForeign(verdict: Verdict | null): boolean {
    return !!verdict?.level && verdict.level !== level.value
  }

  const sum = computed(() => {
    const marks = items.value.map((item) => verdictOf(item)?.verdict)
    const passed = marks.filter((mark) => mark === 'passed').length
    const returned = marks.filter((mark) => mark === 'returned').length
    const open = items.value.filter((item) => verdictOf(item) === null)
    // What the lower level passed holds until this level says otherwise.
    const carried = open.filter((item) => earlierOf(item)?.verdict === 'passed').length
    return { total: marks.length, judged: passed + returned, passed, returned, carried, open: open.length - carried }
  })

  function accept(found: Case): void {
    if (gone) return
    setServerTime(found.server_time)
    if (found.state !== concludedState || found.hold !== null) concluded.value = null
    data.value = { ...found, registration: found.registration ?? UNKNOWN }
    loadProblem.value = null
  }

  async function load(): Promise<void> {
    const before = writes
    try {
      const found = await desk.open(caseId)
      if (before === writes && pending.size === 0) accept(found)
    } catch (error) {
      if (data.value === null) loadProblem.value = words(error)
    }
  }

  /** Polls quickly while uploads has not answered, slowly otherwise. */
  function schedule(): void {
    window.clearTimeout(timer)
    if (gone) return
    const locking = hold.value?.mine === true && hold.value.state === 'waiting'
    timer = window.setTimeout(
      () => {
        const rest = document.hidden && !locking
        void (rest ? Promise.resolve() : load()).finally(schedule)
      },
      locking ? LOCK_POLL : QUIET_POLL,
    )
  }

  async function claim(): Promise<void> {
    if (busy.value) return
    busy.value = 'claim'
    endProblem.value = null
    try {
      await desk.claim(caseId)
    } catch (error) {
      endProblem.value = words(error)
    } finally {
      busy.value = ''
    }
    await load()
    schedule()
  }

  function judge(item: Item, judgement: Judgement): void {
    undos.value.push({ imageId: item.image_id, before: verdictOf(item) })
    store(item.image_id, judgement)
  }

  /** Takes back the last verdict given here; returns the picture it belonged to. */
  function undo(): string | null {
    const last = undos.value.pop()
    if (!last) return null
    store(last.imageId, last.before && toJudgement(last.before))
    return last.imageId
  }

  /** Shows the verdict at once and stores it in order; a refusal takes it back and is told. */
  function store(imageId: string, judgement: Judgement | null): void {
    const token = ++writes
    verdictProblem.value = null
    refusedImage.value = null
    endProblem.value = null
    pending.set(imageId, { verdict: judgement && asVerdict(judgement), token })
    lane = lane.then(async () => {
      try {
        const answer = judgement
          ? await desk.judge(caseId, imageId, judgement)
          : await desk.unjudge(caseId, imageId)
        settle(imageId, token)
        accept(answer)
      } catch (error) {
        settle(imageId, token)
        undos.value = undos.value.filter((entry) => entry.imageId !== imageId)
        verdictProblem.value = words(error)
        refusedImage.value = imageId
        await load()
      }
    })
  }

  function settle(imageId: string, token: number): void {
    if (pending.get(imageId)?.token === token) pending.delete(imageId)
  }

  function asVerdict(judgement: Judgement): Verdict {
    return { ...judgement, by: me.value?.display_name ?? null, level: level.value, at: new Date(now.value).toISOString() }
  }

  function toJudgement(verdict: Verdict): Judgement {
    if (verdict.verdict === 'passed') return { verdict: 'passed' }
    const judgement: Judgement = { verdict: 'returned', text: verdict.text ?? '' }
    return verdict.reason_code ? { ...judgement, reason_code: verdict.reason_code } : judgement
  }

  async function conclude(outcome: Outcome, comment?: string): Promise<boolean> {
    if (busy.value) return false
    busy.value = 'conclude'
    endProblem.value = null
    try {
      await lane
      if (verdictProblem.value) return false
      writes += 1
      const found = await desk.conclude(caseId, outcome, comment)
      accept(found)
      concludedState = found.state
      concluded.value = outcome
      undos.value = []
      return true
    } catch (error) {
      endProblem.value = words(error)
      if (!(error instanceof Problem) || error.status !== 0) await load()
      return false
    } finally {
      busy.value = ''
    }
  }

  async function release(): Promise<boolean> {
    if (busy.value) return false
    busy.value = 'release'
    try {
      await lane
      await desk.release(caseId)
      return true
    } catch (error) {
      endProblem.value = words(error)
      return false
    } finally {
      busy.value = ''
    }
  }

  /** Undoes a send-back, or with a deadline gives it more time; uploads has the last word. */
  async function changeSendBack(why: string, deadline?: string): Promise<boolean> {
    const meant = data.value?.send_back
    if (busy.value || !meant) return false
    busy.value = 'send_back'
    endProblem.value = null
    try {
      writes += 1
      accept(
        deadline === undefined
          ? await desk.withdrawSendBack(caseId, meant.sendback_id, why)
          : await desk.extendSendBack(caseId, meant.sendback_id, deadline, why),
      )
      return true
    } catch (error) {
      endProblem.value = words(error)
      return false
    } finally {
      busy.value = ''
    }
  }

  /** Keeps the hold while somebody works at the desk. */
  async function renew(): Promise<void> {
    lastRenewal = Date.now()
    try {
      await desk.renew(caseId)
    } catch {
      // The countdown goes on and the next look at the case shows what became of the hold.
    }
    await load()
  }

  function active(): void {
    lastActive = Date.now()
  }

  const stopTick = watch(now, () => {
    if (!canJudge.value) return
    const at = Date.now()
    if (at - lastRenewal > RENEW_EVERY && at - lastActive < ACTIVE_FOR) void renew()
  })
  const stopExpiry = watch(mine, (is, was) => {
    if (was && !is) void load()
  })

  window.addEventListener('pointermove', active, { passive: true })
  window.addEventListener('keydown', active)
  onBeforeUnmount(() => {
    gone = true
    window.clearTimeout(timer)
    window.removeEventListener('pointermove', active)
    window.removeEventListener('keydown', active)
    stopTick()
    stopExpiry()
  })

  void load().finally(schedule)

  return {
    data, items, hold, held, mine, canJudge, claimable, remaining, sum, busy, concluded, undos,
    loadProblem, verdictProblem, refusedImage, endProblem,
    verdictOf, earlierOf, load, claim, judge, undo, conclude, release, changeSendBack,
  }
}

export type OpenCase = ReturnType<typeof useCase>
