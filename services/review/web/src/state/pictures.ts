/** Pictures of one case: fetched on a view grant, kept as object addresses, revoked on leaving. */

import { onBeforeUnmount, reactive } from 'vue'

import { desk } from '@/api/desk'
import { Problem, words } from '@/api/http'
import type { Grant } from '@/api/types'

const GRANT_LIFE = 4 * 60_000
const AT_ONCE = 4

export type Size = 'copy' | 'thumbnail'

export interface Picture {
  url: string | null
  problem: string | null
}

export function usePictures(caseId: string) {
  const pictures = reactive(new Map<string, Picture>())
  const queue: Array<() => Promise<void>> = []
  let grant: Promise<Grant> | null = null
  let grantedAt = 0
  let running = 0
  let gone = false

  const key = (imageId: string, size: Size): string => `${size}:${imageId}`
  const get = (imageId: string, size: Size): Picture | undefined => pictures.get(key(imageId, size))

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
      const url = URL.createObjectURL(await fetchBlob(imageId, size))
      if (gone) return URL.revokeObjectURL(url)
      await decoded(url)
      pictures.set(name, { url, problem: null })
    } catch (error) {
      if (!gone) pictures.set(name, { url: null, problem: words(error) })
    }
  }

  async function fetchBlob(imageId: string, size: Size): Promise<Blob> {
    const first = await granted()
    try {
      return await desk.picture(imageId, size, first.grant)
    } catch (error) {
      const stale = error instanceof Problem && (error.status === 401 || error.status === 403)
      if (!stale) throw error
      const second = await granted(first === (await grant))
      return await desk.picture(imageId, size, second.grant)
    }
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

  return { get, want, again, retryRefused }
}

export type Pictures = ReturnType<typeof usePictures>
