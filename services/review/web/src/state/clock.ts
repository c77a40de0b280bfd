/** The services' time, ticking: they may run on another clock than this machine. */

import { computed, ref } from 'vue'

const offset = ref(0)
const tick = ref(Date.now())

window.setInterval(() => {
  tick.value = Date.now()
}, 1000)

export const now = computed(() => tick.value + offset.value)

export function setServerTime(iso: string | undefined): void {
  if (iso === undefined) return
  const at = Date.parse(iso)
  if (!Number.isNaN(at)) offset.value = at - Date.now()
}

const ZONE = 'Asia/Shanghai'
const parts = new Intl.DateTimeFormat('zh-CN', {
  timeZone: ZONE,
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function split(iso: string): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(iso)).map((part) => [part.type, part.value]))
}

/** 3/14 21:52, or with seconds 3/14 21:52:08. */
export function shortTime(iso: string, seconds = false): string {
  const at = split(iso)
  const tail = seconds ? `:${at['second']}` : ''
  return `${at['month']}/${at['day']} ${at['hour']}:${at['minute']}${tail}`
}

/** 2020/3/14 22:02:08 */
export function fullTime(iso: string): string {
  return `${split(iso)['year']}/${shortTime(iso, true)}`
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** 2 天 16 小时 · 19 小时 · 12 分钟 · 刚刚 */
export function duration(ms: number): string {
  if (ms >= DAY) {
    const hours = Math.floor((ms % DAY) / HOUR)
    return `${Math.floor(ms / DAY)} 天${hours > 0 ? ` ${hours} 小时` : ''}`
  }
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)} 小时`
  return ms >= MINUTE ? `${Math.floor(ms / MINUTE)} 分钟` : '刚刚'
}

/** 18:42, or 1:02:03 */
export function countdown(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(total / 3600)
  const rest = `${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

/** Waiting times from here on are shown in ochre and vermilion. */
export const NEAR = 2 * DAY
export const OVER = 2.5 * DAY
