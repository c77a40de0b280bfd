/** 提交审核: gaps first, then one confirmation, then the receipt; waits by itself for what is still on its way. */
import { computed, onUnmounted, ref, shallowRef, type Ref } from "vue";
import { announce } from "./announce";
import { uploads } from "./api/calls";
import { ApiError, wordsOf } from "./api/http";
import type { DossierStore } from "./dossier";
import { blockingGaps, refusedGaps, type Gap } from "./gaps";
import { isSignedOut, signedIn } from "./session";
import { inFlight } from "./transfers";
import { lackingNames, lockingOf, type Locking } from "./words";

export interface Submission {
  gaps: Ref<Gap[] | null>;
  confirming: Ref<boolean>;
  waiting: Ref<string>;
  error: Ref<string>;
  note: Ref<string>;
  busy: Ref<boolean>;
  locking: Ref<Locking>;
  /** Required papers that may be missing all the same. */
  lacking: Ref<string[]>;
  submitted: Ref<number>;
  ask(): Promise<void>;
  confirm(): Promise<void>;
  closeSheets(): void;
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function useSubmission(store: DossierStore): Submission {
  const gaps = shallowRef<Gap[] | null>(null);
  const confirming = ref(false);
  const waiting = ref("");
  const error = ref("");
  const busy = ref(false);
  const submitted = ref(0);
  let stopped = false;
  onUnmounted(() => {
    stopped = true;
  });

  const moving = computed(() => inFlight(store.registration).length);
  const note = computed(() => (moving.value > 0 ? `还有 ${moving.value} 张正在上传` : ""));
  const locking = computed(() => lockingOf(store.counted.value));
  const lacking = computed(() => lackingNames(store.counted.value));

  function closeSheets(): void {
    gaps.value = null;
    confirming.value = false;
    waiting.value = "";
    error.value = "";
  }

  async function ask(): Promise<void> {
    if (!store.dossier || busy.value) return;
    closeSheets();
    busy.value = true;
    await store.flush();
    busy.value = false;
    const found = moving.value > 0 ? [] : blockingGaps(store.dossier);
    if (found.length > 0) gaps.value = found;
    else confirming.value = true;
  }

  async function confirm(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = "";
    try {
      await untilSent();
    } finally {
      busy.value = false;
      waiting.value = "";
    }
  }

  /** Repeats while something is still on its way; ends with a receipt, a list of gaps or a sentence. */
  async function untilSent(): Promise<void> {
    while (confirming.value && !stopped) {
      if (moving.value > 0) {
        waiting.value = `还有 ${moving.value} 张正在上传，传完后自动继续`;
        await later(400);
      } else if (await sendOnce()) {
        return;
      } else {
        await later(1500);
      }
    }
  }

  /** True when there is nothing to repeat. */
  async function sendOnce(): Promise<boolean> {
    waiting.value ||= "正在提交";
    try {
      await done(await send());
      return true;
    } catch (failure) {
      return await failed(failure);
    }
  }

  /** The receipt's number; where nothing is submitted, the candidate's word is enough. */
  async function send(): Promise<string | null> {
    if (store.dossier?.submit_mode !== "autosave") return (await uploads.submit(store.registration)).number;
    await uploads.answer(store.registration);
    return null;
  }

  async function done(number: string | null): Promise<void> {
    await store.refresh();
    closeSheets();
    submitted.value += 1;
    announce(number ? `上报完成，内容已锁定。回执编号 ${number}` : "已补充完毕，等待审核");
  }

  async function failed(failure: unknown): Promise<boolean> {
    if (isSignedOut(failure)) {
      await signedIn();
      return false;
    }
    await store.refresh();
    const dossier = store.dossier;
    if (dossier?.stage === "submitted" && (dossier.receipt || dossier.submit_mode === "autosave")) {
      await done(dossier.receipt?.number ?? null); // the first answer was lost on its way, the submission was not
      return true;
    }
    if (!(failure instanceof ApiError) || failure.status >= 500) {
      waiting.value = failure instanceof ApiError ? "系统忙，正在自动重试，请不要关闭" : "网络断了，连上后自动提交";
      return false;
    }
    if (failure.problem.code === "still_processing") {
      waiting.value = "还有图片正在处理，处理完自动提交";
      return false;
    }
    if (dossier && ["dossier_incomplete", "sendback_unanswered", "confirmation_missing"].includes(failure.problem.code)) {
      confirming.value = false;
      gaps.value = refusedGaps(dossier, failure.problem);
    } else {
      error.value = wordsOf(failure);
    }
    return true;
  }

  return { gaps, confirming, waiting, error, note, busy, locking, lacking, submitted, ask, confirm, closeSheets };
}
