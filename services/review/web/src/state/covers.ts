/** What of a picture is hidden, and the ways to see or hide more of it. */

import { reactive, ref } from 'vue'

import { desk } from '@/api/desk'
import { words } from '@/api/http'
import type { Cover } from '@/api/types'

import type { More, Pictures } from './pictures'

export function useCovers(pictures: Pictures) {
  /** Which pictures show more than usual; forgotten on leaving the case. */
  const more = reactive(new Map<string, More>())
  /** Pictures on which this desk has covered something by hand. */
  const drawn = reactive(new Set<string>())
  const asking = ref<{ imageId: string; what: More } | null>(null)
  const drawing = ref(false)
  const working = ref(false)
  const problem = ref<string | null>(null)

  const moreOf = (imageId: string | null | undefined): More | null => (imageId ? (more.get(imageId) ?? null) : null)

  /** Something is hidden on the usual view. */
  function covered(imageId: string | null | undefined): boolean {
    return imageId ? pictures.get(imageId, 'copy')?.covered === true : false
  }

  function ask(imageId: string, what: More): void {
    problem.value = null
    drawing.value = false
    asking.value = { imageId, what }
  }

  async function open(given: { reason: string; totp: string }): Promise<void> {
    if (!asking.value) return
    const { imageId, what } = asking.value
    await tried(async () => {
      if (what === 'original') await desk.stepUp(given.totp)
      await pictures.open(imageId, what, given.reason)
      more.set(imageId, what)
      asking.value = null
    })
  }

  async function cover(imageId: string, box: Cover): Promise<void> {
    drawing.value = false
    await tried(async () => {
      await pictures.cover(imageId, box)
      drawn.add(imageId)
      more.delete(imageId)
    })
  }

  async function clear(imageId: string): Promise<void> {
    await tried(async () => {
      await pictures.cover(imageId, null)
      drawn.delete(imageId)
    })
  }

  async function tried(act: () => Promise<void>): Promise<void> {
    if (working.value) return
    working.value = true
    problem.value = null
    try {
      await act()
    } catch (error) {
      problem.value = words(error)
    } finally {
      working.value = false
    }
  }

  return {
    asking, drawing, working, problem, moreOf, covered, ask, open, cover, clear,
    canClear: (imageId: string | null): boolean => imageId !== null && drawn.has(imageId),
    usual: (imageId: string): boolean => more.delete(imageId),
  }
}
