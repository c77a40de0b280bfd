/** 大字模式: everything is in rem, so one class does it; the choice is kept on this device. */
import { ref } from "vue";
import { announce } from "./announce";

const KEY = "kaoshen.big";
export const big = ref(localStorage.getItem(KEY) === "1");

function apply(): void {
  document.documentElement.classList.toggle("big", big.value);
}

export function toggleBig(): void {
  big.value = !big.value;
  localStorage.setItem(KEY, big.value ? "1" : "0");
  apply();
  announce(big.value ? "已换成大字" : "已换成标准字号");
}

apply();
