/** Pictures of one case: fetched on a view grant, kept as object addresses, revoked on leaving. */

import { onBeforeUnmount, reactive } from 'vue'

import { desk } from '@/api/desk'
import { Problem, words, type Seen } from '@/api/http'
import type { Cover, Facts, Grant } from '@/api/types'

const GRANT_LIFE = 4 * 60_000
const AT_ONCE = 4

export type Size = 'copy' | 'thumbnail'
/** More than the usual view, for a reason. */
export type More = 'uncovered' | 'original'

export interface Picture {
  url: string | null
  problem: string | null
  covered?: boolean
}

export function usePictures(caseId: string) {
  const pictures = reactive(new Map<string, Picture>())
  const facts = reactive(new Map<string, Facts>())
  const queue: Array<() => Promise<void>> = []
  let grant: Promise<Grant> | null = null
  let grantedAt = 0
  let running = 0
  let gone = false

  const key = (imageId: string, size: Size | More): string => `${size}:${imageId}`
  const get = (imageId: string, size: Size | More): Picture | undefined => pictures.get(key(imageId, size))

  function granted(renew = false): Promise<Grant> {
    if (grant === null || renew || Date.now() - grantedAt > GRANT_LIFE) {
      grantedAt = Date.now()
      grant = desk.grant(caseId)
      grant.catch(() => {
        grant = null
      })
    }
    return grant
  }

  /** Asks for a picture once; `urgent` goes before the thumbnails. */
  function want(imageId: string, size: Size, urgent = false): void {
    const name = key(imageId, size)
    if (gone || pictures.has(name)) return
    pictures.set(name, { url: null, problem: null })
    const job = (): Promise<void> => fetchInto(imageId, size, name)
    if (urgent) queue.unshift(job)
    else queue.push(job)
    pump()
  }

  /** Asks for what is known of a picture; where that fails, nothing is shown: they are hints. */
  async function wantFacts(imageId: string): Promise<void> {
    if (gone || facts.has(imageId)) return
    const found = await onGrant((token) => desk.facts(imageId, token)).catch(() => null)
    if (found && !gone) facts.set(imageId, found)
  }

  function again(imageId: string, size: Size): void {
    pictures.delete(key(imageId, size))
    want(imageId, size, true)
  }

  /** Asks again for everything that was refused, for example before the case was claimed. */
  function retryRefused(): void {
    for (const [name, picture] of [...pictures]) if (picture.problem !== null) pictures.delete(name)
    grant = null
  }

  function pump(): void {
    while (running < AT_ONCE) {
      const job = queue.shift()
      if (!job) return
      running += 1
      void job().finally(() => {
        running -= 1
        pump()
      })
    }
  }

  async function fetchInto(imageId: string, size: Size, name: string): Promise<void> {
    try {
      await keep(name, await onGrant((token) => desk.picture(imageId, size, token)))
    } catch (error) {
      if (!gone) pictures.set(name, { url: null, problem: words(error) })
    }
  }

  async function keep(name: string, seen: Seen): Promise<void> {
    const url = URL.createObjectURL(seen.blob)
    if (gone) return URL.revokeObjectURL(url)
    await decoded(url)
    const before = pictures.get(name)?.url
    pictures.set(name, { url, problem: null, covered: seen.covered })
    if (before) URL.revokeObjectURL(before)
  }

  /** Asks on the view grant; once more with a fresh one where that was over. */
  async function onGrant<T>(ask: (token: string) => Promise<T>): Promise<T> {
    const first = await granted()
    try {
      return await ask(first.grant)
    } catch (error) {
      const stale = error instanceof Problem && (error.status === 401 || error.code === 'grant_refused')
      if (!stale) throw error
      const second = await granted(first === (await grant))
      return await ask(second.grant)
    }
  }

  /** Fetches more than the usual view; the server writes the reason down first. */
  async function open(imageId: string, what: More, reason: string): Promise<void> {
    await keep(key(imageId, what), await onGrant((token) => desk.more(imageId, what, reason, token)))
  }

  /** Covers a place by hand for everybody, or with none takes such covers away; what is here is fetched anew. */
  async function cover(imageId: string, box: Cover | null): Promise<void> {
    await onGrant((token) => (box ? desk.cover(imageId, box, token) : desk.clearCovers(imageId, token)))
    for (const size of ['copy', 'thumbnail'] as const) again(imageId, size)
  }

  /** Decodes ahead, so that turning to the picture shows it in the same frame. */
  async function decoded(url: string): Promise<void> {
    const image = new Image()
    image.src = url
    try {
      await image.decode()
    } catch {
      // A picture that cannot be decoded shows its alternative text.
    }
  }

  onBeforeUnmount(() => {
    gone = true
    queue.length = 0
    for (const { url } of pictures.values()) if (url) URL.revokeObjectURL(url)
    pictures.clear()
  })

  return { get, want, again, retryRefused, open, cover, facts, wantFacts }
}

export type Pictures = ReturnType<typeof usePictures>
