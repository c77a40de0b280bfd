/** Who is here: from ticket, activation or sign-in to the signed-in candidate, and back to sign-in when the session ends. */
import { shallowReactive } from "vue";
import { auth } from "./api/calls";
import { ApiError, wordsOf } from "./api/http";
import type { CandidateMe, Entry, Portal } from "./api/types";
import { forgetEntry, keepEntry, keptEntry } from "./entry";
import { goMaterials, place, takeTicket } from "./router";
import { hearTabs, tellTabs, type News } from "./tabs";

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
/** What must still reach the server before somebody signs out. */
export const leaving = new Set<() => Promise<void>>();
/** What may not outlive a signing out, here or in another tab. */
export const endings = new Set<() => void>();

/** Resolves as soon as somebody is signed in again; kept uploads wait here. */
export function signedIn(): Promise<void> {
  return session.phase === "ready" ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
}

/** Kept for this tab only, so that a renewed sign-in asks for the password alone. */
export function rememberUsername(username: string): void {
  session.username = username;
  sessionStorage.setItem(USERNAME, username);
}

function forgetUsername(): void {
  session.username = "";
  sessionStorage.removeItem(USERNAME);
}

export function welcome(me: CandidateMe): void {
  if (session.me !== null && session.me.candidate_id !== me.candidate_id) {
    location.reload();
    return;
  }
  forgetEntry();
  session.me = me;
  session.entry = null;
  session.notice = "";
  session.phase = "ready";
  for (const resume of waiting.splice(0)) resume();
}

/** Somebody has just shown who they are: the other tabs go on as well. */
export function signIn(me: CandidateMe): void {
  tellTabs("signed-in");
  welcome(me);
}

/** This entry leads no further: only the password or a new ticket does. */
export function askPassword(notice: string): void {
  forgetEntry();
  session.entry = null;
  session.notice = notice;
  session.phase = "sign-in";
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
  hearTabs((news) => void heard(news));
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
  const entry = keptEntry();
  if (entry && !isFor(me, entry)) showActivation(entry);
  else if (me) welcome(me);
  else session.phase = "sign-in";
}

const isFor = (me: CandidateMe | null, entry: Entry): boolean =>
  me?.registrations.some((card) => card.registration_id === entry.card.registration_id) ?? false;

function showActivation(entry: Entry): void {
  session.entry = entry;
  session.phase = "activate";
}

/** A candidate came over from the registration system. */
export async function enter(ticket: string): Promise<void> {
  session.phase = "starting";
  try {
    const entry = await persistently(() => auth.entry(ticket));
    rememberUsername(entry.username);
    const registration = entry.card.registration_id;
    const me = await currentMe().catch(() => null);
    if (me && isFor(me, entry)) {
      goMaterials(registration);
      welcome(me);
      return;
    }
    session.me = null;
    if (entry.activated) {
      goMaterials(registration);
      askPassword("您已激活过，请输入登录密码。");
    } else {
      keepEntry(entry);
      showActivation(entry);
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
  askPassword(`${words.replace(/。$/, "")}。请回到报名系统，重新点击“上传相关材料”。`);
}

export async function signOut(): Promise<void> {
  await Promise.all([...leaving].map((finish) => finish()));
  await auth.signOut().catch(() => null);
  tellTabs("signed-out");
  forgetUsername();
  place.value = { name: "home" };
  location.replace(location.pathname);
}

/** Another tab shares the cookies: what it did with the session has happened here too. */
async function heard(news: News): Promise<void> {
  if (news === "signed-out") clear();
  else await follow();
}

function clear(): void {
  if (session.me === null) return;
  for (const end of endings) end();
  session.me = null;
  session.notice = "您已在另一个页面退出登录。";
  session.phase = "sign-in";
  forgetUsername();
}

async function follow(): Promise<void> {
  const me = await currentMe().catch(() => null);
  if (me === null || (session.phase === "activate" && !(session.entry && isFor(me, session.entry)))) return;
  if (session.phase !== "starting") welcome(me);
}
