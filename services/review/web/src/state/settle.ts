/** The second click of a double click was meant for what stood here before. */

import { onBeforeUnmount, ref, watch, type Ref } from 'vue'

/** True once something has been shown for a moment; until then its button takes no clicks. */
export function useSettled(shown: () => boolean, after = 1000): Readonly<Ref<boolean>> {
  const settled = ref(false)
  let timer = 0
  watch(
    shown,
    (is) => {
      window.clearTimeout(timer)
      settled.value = false
      if (!is) return
      timer = window.setTimeout(() => {
        settled.value = true
      }, after)
    },
    { immediate: true },
  )
  onBeforeUnmount(() => window.clearTimeout(timer))
  return settled
}
