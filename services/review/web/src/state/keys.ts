/** Single-key lane: ignored in text fields, under dialogs and with modifiers; can be switched off. */

import { onBeforeUnmount, onMounted, ref, watch } from 'vue'

const STORE = 'kaoshen.desk.keys'

export const keysOn = ref(window.localStorage.getItem(STORE) !== 'off')
export const helpOpen = ref(false)

watch(keysOn, (on) => window.localStorage.setItem(STORE, on ? 'on' : 'off'))

/** A control that was clicked keeps the focus, but not Enter and space: those belong to the lane again. */
let byPointer = false
let clicked: EventTarget | null = null
window.addEventListener('pointerdown', () => (byPointer = true), true)
window.addEventListener('keydown', () => (byPointer = false), true)
window.addEventListener('focusin', (event) => (clicked = byPointer ? event.target : null))

/** Returns true when the key was used. */
export type KeyHandler = (key: string, event: KeyboardEvent) => boolean

export function useKeys(handler: KeyHandler): void {
  const listen = (event: KeyboardEvent): void => {
    if (!keysOn.value || event.defaultPrevented || isElsewhere(event)) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    if (key === '?' || key === '？') {
      helpOpen.value = true
      event.preventDefault()
    } else if (handler(key, event)) {
      event.preventDefault()
    }
  }
  onMounted(() => window.addEventListener('keydown', listen))
  onBeforeUnmount(() => window.removeEventListener('keydown', listen))
}

function isElsewhere(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true
  if (document.querySelector('dialog[open]')) return true
  const target = event.target
  if (!(target instanceof Element)) return false
  if (target.closest('input, textarea, select, [contenteditable]')) return true
  if (target === clicked) return false
  // A control reached by the Tab key keeps its own Enter and space.
  const own = event.key === 'Enter' || event.key === ' '
  return own && target.closest('a, button, summary') !== null && target.matches(':focus-visible')
}
