/** One way to talk to the services: JSON, problem documents, and one renewal of the session at 401. */
import type { Problem } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfter: number | null,
  ) {
    super(problem.code);
  }
}

/** The request did not arrive, or no answer came back. */
export class NetworkError extends Error {}

export interface Options {
  body?: unknown;
  /** A body that is sent as it is. */
  file?: Blob;
  keepalive?: boolean;
  /** Sign-in and entry answer 401 about the password, not about the session. */
  renew?: boolean;
}

const RENEWED_AT = "kaoshen.renewed-at";
let renewing: Promise<boolean> | null = null;

export function problemOf(status: number, body: unknown): Problem {
  const known = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  const title = known.title ?? fallbackTitle(status);
  return { ...known, status, title, detail: known.detail ?? title, code: known.code ?? `http_${status}` };
}

function fallbackTitle(status: number): string {
  if (status === 401) return "请先登录";
  if (status === 413) return "文件太大";
  if (status >= 500) return "系统暂时忙，请稍后再试";
  return "这一步没有成功，请再试一次";
}

export function retryAfterOf(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? null : Math.max(0, (instant - Date.now()) / 1000);
}

/** Renew the session once, shared by every waiting request and by every open tab. */
export function renewSession(since: number): Promise<boolean> {
  renewing ??= withLock(async () => {
    if (Number(localStorage.getItem(RENEWED_AT) ?? 0) > since) return true;
    const answer = await send("POST", "/api/auth/refresh", {});
    if (answer.ok) localStorage.setItem(RENEWED_AT, String(Date.now()));
    else if (answer.status >= 500 || answer.status === 429) throw new NetworkError("renewal");
    return answer.ok;
  }).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function withLock(task: () => Promise<boolean>): Promise<boolean> {
  return "locks" in navigator ? await navigator.locks.request("kaoshen.renewal", task) : await task();
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.file) headers["Content-Type"] = options.file.type || "application/octet-stream";
  try {
    return await fetch(path, {
      method,
      headers,
      body: options.file ?? (options.body === undefined ? null : JSON.stringify(options.body)),
      credentials: "same-origin",
      cache: "no-store",
      keepalive: options.keepalive ?? false,
    });
  } catch {
    throw new NetworkError(path);
  }
}

export async function request<Answer>(method: string, path: string, options: Options = {}): Promise<Answer> {
  const since = Date.now();
  let answer = await send(method, path, options);
  if (answer.status === 401 && options.renew !== false && (await renewSession(since))) {
    answer = await send(method, path, options);
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body as Answer;
  throw new ApiError(answer.status, problemOf(answer.status, body), retryAfterOf(answer.headers.get("Retry-After")));
}

/** The words for a person about any failure of `request`. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.problem.detail;
  return "网络连不上，请检查网络后再试";
}
