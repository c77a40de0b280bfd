/** What a screen reader hears: one polite region, at most one sentence in two seconds. */
import { ref } from "vue";

export const announced = ref("");
let last = 0;
let timer: number | undefined;

export function announce(sentence: string): void {
  window.clearTimeout(timer);
  const wait = Math.max(0, 2000 - (Date.now() - last));
  timer = window.setTimeout(() => {
    announced.value = announced.value === sentence ? `${sentence} ` : sentence;
    last = Date.now();
  }, wait);
}
