/** Two places, kept in the address: #/queue/<view> and #/cases/<id>. */

import { ref } from 'vue'

import type { View } from '@/api/types'

export type Route = { readonly at: 'queue'; readonly view: View } | { readonly at: 'case'; readonly caseId: string }

export const VIEWS: readonly View[] = ['waiting', 'resubmitted', 'mine', 'with_candidate', 'done']

function read(): Route {
  const [, place, what] = window.location.hash.split('/')
  if (place === 'cases' && what) return { at: 'case', caseId: decodeURIComponent(what) }
  const view = VIEWS.find((known) => known === what)
  return { at: 'queue', view: view ?? 'waiting' }
}

export const route = ref<Route>(read())
export const lastView = ref<View>('waiting')

window.addEventListener('hashchange', () => {
  route.value = read()
  if (route.value.at === 'queue') lastView.value = route.value.view
})
if (route.value.at === 'queue') lastView.value = route.value.view

export const toQueue = (view: View = lastView.value): string => `#/queue/${view}`
export const toCase = (caseId: string): string => `#/cases/${encodeURIComponent(caseId)}`

/** Grows when one goes to where one is: the same place, looked at anew. */
export const visit = ref(0)

export function go(hash: string): void {
  if (window.location.hash === hash) visit.value += 1
  else window.location.hash = hash
}
