/** Who sits at the desk. */

import { computed, ref } from 'vue'

import { desk } from '@/api/desk'
import { whenSignedOut } from '@/api/http'
import type { Level, Me } from '@/api/types'

export const me = ref<Me | null>(null)
export const ended = ref(false)

export const level = computed<Level>(() => (me.value?.site ? 'site' : 'district'))
export const levelWord = computed(() => (level.value === 'site' ? '初审' : '复审'))
export const place = computed(() =>
  [me.value?.district_name, me.value?.site_name].filter((name) => !!name).join(' / '),
)

whenSignedOut(() => {
  ended.value = me.value !== null
  me.value = null
})

/** Takes up a session that is still alive; a candidate's session does not open the desk. */
export async function resume(): Promise<void> {
  try {
    const found = await desk.me()
    me.value = found.kind === 'staff' ? found : null
  } catch {
    me.value = null
  }
}

export async function signIn(username: string, password: string, totp: string): Promise<void> {
  me.value = await desk.signIn(username, password, totp)
  ended.value = false
}

export async function signOut(): Promise<void> {
  try {
    await desk.signOut()
  } finally {
    me.value = null
    ended.value = false
  }
}
