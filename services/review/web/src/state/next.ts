/** The next case of the queue, or why there is none. */

import { desk } from '@/api/desk'
import { Problem, words } from '@/api/http'
import type { Queue } from '@/api/types'
import { noneFreeWords } from '@/words'

import { go, toCase } from './route'

/** Claims the case that waits longest and opens it; returns the reason when nothing was claimed. */
export async function openNext(): Promise<string | null> {
  try {
    await claimAndGo()
    return null
  } catch (error) {
    return isEmpty(error) ? await whyNone() : words(error)
  }
}

async function claimAndGo(): Promise<void> {
  go(toCase((await desk.claim()).case_id))
}

/** Looks at who holds what; a row that has become free meanwhile is tried once. */
async function whyNone(): Promise<string | null> {
  try {
    const lanes = await Promise.all([desk.queue('waiting'), desk.queue('resubmitted')])
    if (!lanes.some(hasFree)) return noneFreeWords(lanes)
    try {
      await claimAndGo()
      return null
    } catch (error) {
      return isEmpty(error) ? noneFreeWords(lanes) : words(error)
    }
  } catch (error) {
    return words(error)
  }
}

function hasFree(lane: Queue): boolean {
  return lane.items.some((item) => item.holder === null)
}

function isEmpty(error: unknown): boolean {
  return error instanceof Problem && error.code === 'queue_empty'
}
