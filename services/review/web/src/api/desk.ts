/** The calls of the desk, one function per route. */

import { call, callOnce, onPicture, picture, readGranted, type Seen } from './http'
import type { Case, Cover, Facts, Grant, Judgement, Me, Outcome, Queue, View } from './types'

const images = (imageId: string): string => `/api/uploads/images/${encodeURIComponent(imageId)}`
const cases = (caseId: string): string => `/api/review/cases/${encodeURIComponent(caseId)}`

export const desk = {
  me: (): Promise<Me> => call<Me>('GET', '/api/auth/me'),
  signIn: (username: string, password: string, totp: string): Promise<Me> =>
    callOnce<Me>('POST', '/api/auth/staff/sign-in', { username, password, totp }),
  signOut: (): Promise<void> => callOnce<void>('POST', '/api/auth/sign-out'),

  queue: (view: View): Promise<Queue> => call<Queue>('GET', `/api/review/queue?view=${view}`),
  claim: (caseId?: string): Promise<{ case_id: string }> =>
    call('POST', '/api/review/claims', caseId === undefined ? {} : { case_id: caseId }),
  release: (caseId: string): Promise<void> => call('DELETE', `${cases(caseId)}/claim`),
  renew: (caseId: string): Promise<unknown> => call('POST', `${cases(caseId)}/renewal`),

  open: (caseId: string): Promise<Case> => call<Case>('GET', cases(caseId)),
  judge: (caseId: string, imageId: string, judgement: Judgement): Promise<Case> =>
    call<Case>('PUT', `${cases(caseId)}/verdicts/${encodeURIComponent(imageId)}`, { ...judgement }),
  unjudge: (caseId: string, imageId: string): Promise<Case> =>
    call<Case>('DELETE', `${cases(caseId)}/verdicts/${encodeURIComponent(imageId)}`),
  conclude: (caseId: string, outcome: Outcome, comment?: string): Promise<Case> =>
    call<Case>('POST', `${cases(caseId)}/conclusion`, comment === undefined ? { outcome } : { outcome, comment }),
  withdrawSendBack: (caseId: string, sendbackId: string, why: string): Promise<Case> =>
    call<Case>('POST', `${cases(caseId)}/send-back/withdrawal`, { sendback_id: sendbackId, why }),
  extendSendBack: (caseId: string, sendbackId: string, deadline: string, why: string): Promise<Case> =>
    call<Case>('POST', `${cases(caseId)}/send-back/deadline`, { sendback_id: sendbackId, deadline, why }),

  grant: (caseId: string): Promise<Grant> => call<Grant>('POST', `${cases(caseId)}/grants`),
  picture: (imageId: string, size: 'copy' | 'thumbnail', grant: string): Promise<Seen> =>
    picture(`${images(imageId)}/${size}`, grant),
  facts: (imageId: string, grant: string): Promise<Facts> => readGranted<Facts>(`${images(imageId)}/facts`, grant),
  more: (imageId: string, what: 'uncovered' | 'original', reason: string, grant: string): Promise<Seen> =>
    picture(`${images(imageId)}/${what}`, grant, { reason }),
  cover: (imageId: string, cover: Cover, grant: string): Promise<void> =>
    onPicture('POST', `${images(imageId)}/covers`, grant, { ...cover }),
  clearCovers: (imageId: string, grant: string): Promise<void> =>
    onPicture('DELETE', `${images(imageId)}/covers`, grant),
  stepUp: (totp: string): Promise<void> => call('POST', '/api/auth/staff/step-up', { totp }),
}
