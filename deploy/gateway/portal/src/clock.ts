/** The server's clock on this device: deadlines never trust the phone. */
import { ref } from "vue";

let offset = 0;
export const now = ref(Date.now());

export function setServerTime(instant: string): void {
  const server = Date.parse(instant);
  if (!Number.isNaN(server)) offset = server - Date.now();
  now.value = Date.now() + offset;
}

window.setInterval(() => {
  now.value = Date.now() + offset;
}, 1000);
