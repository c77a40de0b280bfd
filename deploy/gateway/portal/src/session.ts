/** Who is here: from ticket, activation or sign-in to the signed-in candidate, and back to sign-in when the session ends. */
import { shallowReactive } from "vue";
import { auth } from "./api/calls";
import { ApiError, wordsOf } from "./api/http";
import type { CandidateMe, Entry, Portal } from "./api/types";
import { goMaterials, place, takeTicket } from "./router";

const USERNAME = "kaoshen.username";

type Phase = "starting" | "activate" | "sign-in" | "ready";

export const session = shallowReactive({
  phase: "starting" as Phase,
  portal: null as Portal | null,
  me: null as CandidateMe | null,
  entry: null as Entry | null,
  username: sessionStorage.getItem(USERNAME) ?? "",
  notice: "",
  trouble: "",
});

const waiting: (() => void)[] = [];

/** Resolves as soon as somebody is signed in again; kept uploads wait here. */
export function signedIn(): Promise<void> {
  return session.phase === "ready" ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
}

/** Kept for this tab only, so that a renewed sign-in asks for the password alone. */
export function rememberUsername(username: string): void {
  session.username = username;
  sessionStorage.setItem(USERNAME, username);
}

export function welcome(me: CandidateMe): void {
  if (session.me !== null && session.me.candidate_id !== me.candidate_id) {
    location.reload();
    return;
  }
  session.me = me;
  session.entry = null;
  session.notice = "";
  session.phase = "ready";
  for (const resume of waiting.splice(0)) resume();
}

/** The session is over: ask for the password, keep everything behind it. */
export function sessionEnded(): void {
  if (session.phase !== "ready") return;
  session.notice = "登录已过期，请重新登录。页面上的内容都还在。";
  session.phase = "sign-in";
}

export function isSignedOut(error: unknown): boolean {
  const out = error instanceof ApiError && error.status === 401;
  if (out) sessionEnded();
  return out;
}

export async function start(): Promise<void> {
  void loadPortal();
  const ticket = takeTicket();
  if (ticket !== null) await enter(ticket);
  else await resume();
}

async function loadPortal(attempt = 0): Promise<void> {
  try {
    session.portal = await auth.portal();
  } catch {
    setTimeout(() => void loadPortal(attempt + 1), Math.min(15_000, 1000 * 2 ** attempt));
  }
}

/** Repeats what did not get through; a refusal is final. */
async function persistently<Answer>(call: () => Promise<Answer>, tries = 5): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await call();
      session.trouble = "";
      return answer;
    } catch (error) {
      if ((error instanceof ApiError && error.status < 500) || attempt === tries) throw error;
      session.trouble = error instanceof ApiError ? "系统正在恢复，连上后自动打开" : "网络连不上，恢复后自动打开";
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 700 * 2 ** attempt)));
    }
  }
}

async function currentMe(): Promise<CandidateMe | null> {
  try {
    const me = await auth.me();
    return me.kind === "candidate" ? me : null;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return null;
    throw error;
  }
}

async function resume(): Promise<void> {
  const me = await persistently(currentMe, Number.POSITIVE_INFINITY);
  if (me) welcome(me);
  else session.phase = "sign-in";
}

/** A candidate came over from the registration system. */
export async function enter(ticket: string): Promise<void> {
  session.phase = "starting";
  try {
    const entry = await persistently(() => auth.entry(ticket));
    rememberUsername(entry.username);
    const registration = entry.card.registration_id;
    const me = await currentMe().catch(() => null);
    if (me?.registrations.some((card) => card.registration_id === registration)) {
      goMaterials(registration);
      welcome(me);
      return;
    }
    session.me = null;
    if (entry.activated) {
      goMaterials(registration);
      session.notice = "您已激活过，请输入登录密码。";
      session.phase = "sign-in";
    } else {
      session.entry = entry;
      session.phase = "activate";
    }
  } catch (error) {
    await entryFailed(error);
  }
}

async function entryFailed(error: unknown): Promise<void> {
  const words = error instanceof ApiError && error.status < 500 ? error.problem.detail : wordsOf(error);
  const me = await currentMe().catch(() => null);
  if (me) {
    welcome(me);
    return;
  }
  session.notice = `${words.replace(/。$/, "")}。请回到报名系统，重新点击“上传相关材料”。`;
  session.phase = "sign-in";
}

export async function signOut(): Promise<void> {
  await auth.signOut().catch(() => null);
  sessionStorage.removeItem(USERNAME);
  place.value = { name: "home" };
  location.replace(location.pathname);
}
