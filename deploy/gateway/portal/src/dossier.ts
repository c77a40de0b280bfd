/** One registration as the page sees it: dossier, messages and status, kept fresh while somebody looks. */
import { computed, onUnmounted, shallowReactive, type ComputedRef } from "vue";
import { announce } from "./announce";
import { notify, review, uploads } from "./api/calls";
import { ApiError, wordsOf } from "./api/http";
import type { CardStatus, Dossier, DossierImage, Message } from "./api/types";
import { setServerTime } from "./clock";
import { watchChanges } from "./live";
import { BUSY_MS, pauseAfter, QUIET_MS } from "./pace";
import { withoutDeleted } from "./pending";
import { isSignedOut, leaving, session, signedIn } from "./session";
import { imageWords } from "./words";

const UNDO_MS = 8000;

export interface DossierStore {
  readonly registration: string;
  dossier: Dossier | null;
  messages: Message[] | null;
  status: CardStatus | null;
  trouble: string;
  /** The trouble is a refusal: waiting does not help. */
  fatal: boolean;
  notice: string;
  /** Pictures deleted on the page, not yet on the server. */
  deleting: ReadonlySet<string>;
  /** The dossier as it is to be counted: without the pictures that are being deleted. */
  readonly counted: ComputedRef<Dossier | null>;
  refresh(): Promise<void>;
  remove(image: DossierImage): void;
  undo(imageId: string): void;
  confirm(image: DossierImage): Promise<void>;
  flush(images?: readonly string[]): Promise<void>;
}

export function useDossier(registration: string): DossierStore {
  const timers = new Map<string, number>();
  let stopped = false;
  let poll: number | undefined;
  let tries = 0;
  let retryAfter: number | null = null;

  const store: DossierStore = shallowReactive({
    registration,
    dossier: null,
    messages: null,
    status: null,
    trouble: "",
    fatal: false,
    notice: "",
    deleting: new Set<string>(),
    counted: computed(() => (store.dossier ? withoutDeleted(store.dossier, store.deleting) : null)),
    refresh,
    remove,
    undo,
    confirm,
    flush,
  });

  async function refresh(): Promise<void> {
    if (stopped) return;
    if (session.phase !== "ready") await signedIn();
    await Promise.all([loadDossier(), loadMessages(), loadStatus()]);
    schedule();
  }

  async function loadDossier(): Promise<void> {
    try {
      const fresh = await uploads.dossier(registration);
      setServerTime(fresh.server_time);
      tellFinished(store.dossier, fresh);
      if (store.dossier === null || fresh.version >= store.dossier.version) store.dossier = fresh;
      store.trouble = "";
      store.fatal = false;
      tries = 0;
    } catch (error) {
      if (isSignedOut(error)) return;
      store.trouble = wordsOf(error);
      store.fatal = error instanceof ApiError && error.status < 500 && ![408, 429].includes(error.status);
      retryAfter = error instanceof ApiError ? error.retryAfter : null;
      tries += 1;
    }
  }

  async function loadMessages(): Promise<void> {
    try {
      store.messages = (await notify.messages(registration)).items;
    } catch (error) {
      isSignedOut(error);
    }
  }

  async function loadStatus(): Promise<void> {
    try {
      store.status = await review.status(registration);
    } catch (error) {
      isSignedOut(error);
    }
  }

  function schedule(): void {
    window.clearTimeout(poll);
    if (stopped) return;
    const busy = store.dossier === null || isProcessing(store.dossier);
    const calm = busy ? BUSY_MS : QUIET_MS;
    const pause = store.trouble === "" ? calm : pauseAfter({ fatal: store.fatal, tries, retryAfter }, Math.random());
    poll = window.setTimeout(() => void refresh(), pause);
  }

  function remove(image: DossierImage): void {
    store.deleting = new Set([...store.deleting, image.image_id]);
    timers.set(image.image_id, window.setTimeout(() => void flush([image.image_id]), UNDO_MS));
    announce("已删除，8 秒内可以撤销");
  }

  function forget(imageId: string): void {
    window.clearTimeout(timers.get(imageId));
    timers.delete(imageId);
    store.deleting = new Set([...store.deleting].filter((id) => id !== imageId));
  }

  function undo(imageId: string): void {
    forget(imageId);
    announce("已撤销删除");
  }

  async function confirm(image: DossierImage): Promise<void> {
    try {
      await uploads.confirm(registration, image.image_id);
      announce("已确认");
    } catch (error) {
      if (!isSignedOut(error)) store.notice = `没有确认成功：${wordsOf(error)}`;
    }
    await loadDossier();
  }

  async function flush(images: readonly string[] = [...timers.keys()]): Promise<void> {
    const due = images.filter((id) => timers.has(id));
    for (const id of due) {
      window.clearTimeout(timers.get(id));
      timers.delete(id);
    }
    await Promise.all(due.map(deleteNow));
  }

  async function deleteNow(imageId: string): Promise<void> {
    try {
      await uploads.remove(registration, imageId, true);
      await loadDossier();
    } catch (error) {
      if (!isSignedOut(error)) store.notice = `没有删除成功：${wordsOf(error)}`;
      await loadDossier();
    }
    forget(imageId);
  }

  const leave = (): void => void flush();
  const finish = (): Promise<void> => flush();
  leaving.add(finish);
  const visible = (): void => {
    if (document.visibilityState === "hidden") leave();
    else void refresh();
  };
  const stopWatching = watchChanges(registration, () => void refresh());
  const online = (): void => void refresh();
  window.addEventListener("pagehide", leave);
  window.addEventListener("online", online);
  document.addEventListener("visibilitychange", visible);
  onUnmounted(() => {
    leave();
    leaving.delete(finish);
    stopped = true;
    window.clearTimeout(poll);
    stopWatching();
    window.removeEventListener("pagehide", leave);
    window.removeEventListener("online", online);
    document.removeEventListener("visibilitychange", visible);
  });
  void refresh();
  return store;
}

function isProcessing(dossier: Dossier): boolean {
  return dossier.copying > 0 || dossier.categories.some((category) => category.images.some((image) => image.status === "processing"));
}

/** Say aloud which picture has just come through. */
function tellFinished(before: Dossier | null, after: Dossier): void {
  if (before === null) return;
  const was = new Map(before.categories.flatMap((c) => c.images.map((image) => [image.image_id, image.status])));
  for (const category of after.categories) {
    for (const image of category.images) {
      if (was.get(image.image_id) !== "processing" || image.status === "processing") continue;
      const { required_done: done, required_total: total } = after.progress;
      const word = image.state === "uploaded" ? "已上传" : imageWords(image).word;
      announce(`${category.name} ${word}，必传 ${done}/${total}`);
    }
  }
}
