/** One way to talk to the services: same origin, JSON, problem documents, one silent renewal of the session. */

export interface FieldError {
  readonly field: string
  readonly detail: string
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: readonly FieldError[] = [],
    readonly correlationId: string | null = null,
  ) {
    super(detail)
  }
}

type Body = Readonly<Record<string, unknown>>

let renewal: Promise<boolean> | null = null
let onSignedOut: () => void = () => undefined

/** Says what happens when the session cannot be renewed any more. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

export async function call<T>(method: string, path: string, body?: Body): Promise<T> {
  const response = await send(path, options(method, body))
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

export interface Seen {
  readonly blob: Blob
  /** Something on it is hidden. */
  readonly covered: boolean
}

/** Fetches a picture; staff need the view grant of the case, and for more than the usual view a reason. */
export async function picture(path: string, grant: string, body?: Body): Promise<Seen> {
  const asked = options(body === undefined ? 'GET' : 'POST', body)
  const headers = { ...asked.headers, Accept: 'image/jpeg, application/problem+json', 'X-View-Grant': grant }
  const response = await send(path, { ...asked, headers, cache: 'no-store' })
  return { blob: await response.blob(), covered: response.headers.get('X-Covered') === 'true' }
}

/** Changes what is shown of a picture, on the view grant of the case. */
export async function onPicture(method: 'POST' | 'DELETE', path: string, grant: string, body?: Body): Promise<void> {
  const asked = options(method, body)
  await send(path, { ...asked, headers: { ...asked.headers, 'X-View-Grant': grant } })
}

/** Reads what staff may see on the view grant of the case. */
export async function readGranted<T>(path: string, grant: string): Promise<T> {
  const headers = { Accept: 'application/json', 'X-View-Grant': grant }
  const response = await send(path, { method: 'GET', headers, cache: 'no-store' })
  return (await response.json()) as T
}

/** A call that neither renews the session nor leads to the sign-in page. */
export async function callOnce<T>(method: string, path: string, body?: Body): Promise<T> {
  const response = await fetchOrProblem(path, options(method, body))
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response = await fetchOrProblem(path, init)
  if (response.status === 401 && (await renewed())) response = await fetchOrProblem(path, init)
  if (response.status === 401) onSignedOut()
  if (!response.ok) throw await problemOf(response)
  return response
}

function options(method: string, body?: Body): RequestInit {
  const init: RequestInit = { method, credentials: 'same-origin', headers: { Accept: 'application/json' } }
  if (method === 'GET' || method === 'DELETE') return init
  return {
    ...init,
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  }
}

async function fetchOrProblem(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch {
    throw new Problem(0, 'network', '网络断了，已存的结论不会丢，联网后再试')
  }
}

function renewed(): Promise<boolean> {
  renewal ??= fetchOrProblem('/api/auth/refresh', options('POST'))
    .then((response) => response.ok)
    .catch(() => false)
    .finally(() => {
      renewal = null
    })
  return renewal
}

async function problemOf(response: Response): Promise<Problem> {
  const body = await jsonOf(response)
  const fallback = response.status >= 500 ? '服务暂时没有回应，请稍后再试' : '这一步没有成功，请刷新后再试'
  return new Problem(
    response.status,
    text(body['code']) ?? `http_${response.status}`,
    text(body['detail']) ?? text(body['title']) ?? fallback,
    fieldsOf(body['errors'] ?? body['fields']),
    text(body['correlation_id']),
  )
}

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** Field errors come as a list of {field|loc|name, detail|msg|message}. */
function fieldsOf(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    const one = entry as Record<string, unknown>
    const loc = one['field'] ?? one['loc'] ?? one['name']
    const field = Array.isArray(loc) ? String(loc.at(-1)) : text(loc)
    const detail = text(one['detail']) ?? text(one['msg']) ?? text(one['message'])
    return field && detail ? [{ field, detail }] : []
  })
}

/** What to show for anything thrown. */
export function words(error: unknown): string {
  return error instanceof Problem ? error.detail : '页面出了问题，请刷新后再试'
}
