/** Files on their way: one Idempotency-Key per chosen file, repeated by itself until the server has answered. */
import { shallowReactive } from "vue";
import { uploads } from "./api/calls";
import { problemOf, renewSession, retryAfterOf } from "./api/http";
import type { Problem, Uploaded } from "./api/types";
import { endings, sessionEnded, signedIn } from "./session";

export type TransferState = "waiting" | "sending" | "interrupted" | "accepted" | "refused";

export interface Transfer {
  readonly key: string;
  readonly registration: string;
  readonly category: string;
  readonly slot: string | null;
  readonly replaces: string | null;
  /** Sent although it is the picture that was returned. */
  readonly anyway: boolean;
  readonly preview: HTMLCanvasElement | null;
  readonly body: Blob;
  readonly name: string;
  /** The words for a refusal, by somebody who knows the dossier. */
  readonly explain: (problem: Problem) => string;
  state: TransferState;
  percent: number;
  note: string;
  problem: Problem | null;
  imageId: string | null;
  cancelled: boolean;
  /** Ends a pause before the next attempt. */
  hurry: () => void;
  abort: () => void;
}

export type Outgoing = Pick<
  Transfer,
  "registration" | "category" | "slot" | "replaces" | "anyway" | "preview" | "body" | "name" | "explain"
>;

type Answer =
  | { kind: "accepted"; uploaded: Uploaded }
  | { kind: "problem"; problem: Problem; retryAfter: number | null }
  | { kind: "lost" };

const AT_ONCE = 2;
const nothing = (): void => undefined;

export const transfers = shallowReactive<Transfer[]>([]);
/** The device's own copy of pictures the server has not finished yet, by image id. */
export const previews = shallowReactive(new Map<string, HTMLCanvasElement>());

export function newKey(): string {
  return crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16)).join("-");
}

export function startTransfer(outgoing: Outgoing, onAccepted: () => Promise<void>): Transfer {
  const transfer: Transfer = shallowReactive({
    ...outgoing,
    key: newKey(),
    state: "waiting",
    percent: 0,
    note: "",
    problem: null,
    imageId: null,
    cancelled: false,
    hurry: nothing,
    abort: nothing,
  });
  transfers.push(transfer);
  void carry(transfer, onAccepted);
  return transfer;
}

/** The file is the returned one, and the candidate sends it all the same. */
export function insist(transfer: Transfer, onAccepted: () => Promise<void>): Transfer {
  drop(transfer);
  return startTransfer({ ...transfer, anyway: true }, onAccepted);
}

export function drop(transfer: Transfer): void {
  transfer.cancelled = true;
  transfer.abort();
  transfer.hurry();
  const at = transfers.indexOf(transfer);
  if (at >= 0) transfers.splice(at, 1);
}

/** Whoever signs out leaves nothing on its way, and no picture behind. */
endings.add(() => {
  for (const transfer of [...transfers]) drop(transfer);
  previews.clear();
});

export function inFlight(registration: string): Transfer[] {
  return transfers.filter((t) => t.registration === registration && t.state !== "refused");
}

async function carry(transfer: Transfer, onAccepted: () => Promise<void>): Promise<void> {
  while (transfers.filter((t) => t.state === "sending").length >= AT_ONCE) await pause(transfer, 0.3);
  for (let attempt = 0; !transfer.cancelled; attempt++) {
    transfer.state = "sending";
    const answer = await sendOnce(transfer);
    if (transfer.cancelled) return;
    if (answer.kind === "accepted") {
      await accepted(transfer, answer.uploaded, onAccepted);
      return;
    }
    if (answer.kind === "problem" && !worthRepeating(answer.problem)) {
      refused(transfer, answer.problem);
      await onAccepted();
      return;
    }
    await hold(transfer, answer, attempt);
  }
}

function worthRepeating(problem: Problem): boolean {
  return problem.status === 401 || problem.status === 408 || problem.status === 429 || problem.status >= 500;
}

async function accepted(transfer: Transfer, uploaded: Uploaded, onAccepted: () => Promise<void>): Promise<void> {
  transfer.percent = 100;
  transfer.imageId = uploaded.image_id;
  if (transfer.preview) previews.set(uploaded.image_id, transfer.preview);
  await onAccepted();
  transfer.state = "accepted";
  drop(transfer);
}

function refused(transfer: Transfer, problem: Problem): void {
  transfer.problem = problem;
  transfer.note = transfer.explain(problem);
  transfer.state = "refused";
}

async function hold(transfer: Transfer, answer: Answer, attempt: number): Promise<void> {
  transfer.state = "interrupted";
  if (answer.kind === "problem" && answer.problem.status === 401) {
    transfer.note = "登录已过期，登录后自动接着传";
    if (attempt < 4 && (await renewSession(Date.now() - 1000).catch(() => true))) {
      await pause(transfer, 0.3);
      return;
    }
    sessionEnded();
    await signedIn();
    return;
  }
  const told = answer.kind === "problem" ? answer.retryAfter : null;
  transfer.note =
    answer.kind === "lost" ? `网络断了，停在 ${transfer.percent}%，联网后自动再传，不用重选` : "系统忙，稍后自动再传，不用重选";
  // Not all at the same instant: those who were sent away together would come back together.
  await pause(transfer, (told ?? Math.min(15, 2 ** attempt)) * (1 + Math.random() / 3));
}

function pause(transfer: Transfer, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      transfer.hurry = nothing;
      resolve();
    };
    const timer = window.setTimeout(done, seconds * 1000);
    window.addEventListener("online", done);
    transfer.hurry = done;
  });
}

function sendOnce(transfer: Transfer): Promise<Answer> {
  const query = new URLSearchParams({ category: transfer.category });
  if (transfer.slot !== null) query.set("slot", transfer.slot);
  if (transfer.replaces !== null) query.set("replaces", transfer.replaces);
  if (transfer.anyway) query.set("anyway", "true");
  return new Promise((resolve) => {
    const wire = new XMLHttpRequest();
    const settle = (answer: Answer): void => {
      transfer.abort = nothing;
      resolve(answer);
    };
    wire.open("POST", uploads.imagesPath(transfer.registration, query));
    wire.setRequestHeader("Idempotency-Key", transfer.key);
    wire.setRequestHeader("X-File-Name", encodeURIComponent(transfer.name).slice(0, 400));
    wire.setRequestHeader("Content-Type", transfer.body.type || "application/octet-stream");
    wire.setRequestHeader("Accept", "application/json");
    wire.upload.onprogress = (event) => {
      if (event.lengthComputable) transfer.percent = Math.min(99, Math.floor((event.loaded / event.total) * 100));
    };
    wire.onload = () => settle(answerOf(wire));
    wire.onerror = () => settle({ kind: "lost" });
    wire.onabort = () => settle({ kind: "lost" });
    wire.ontimeout = () => settle({ kind: "lost" });
    wire.timeout = 120_000;
    transfer.abort = () => wire.abort();
    wire.send(transfer.body);
  });
}

function answerOf(wire: XMLHttpRequest): Answer {
  const body = parsed(wire.responseText);
  if (wire.status >= 200 && wire.status < 300 && body !== null) return { kind: "accepted", uploaded: body as Uploaded };
  if (wire.status === 0 || (wire.status < 300 && body === null)) return { kind: "lost" };
  return {
    kind: "problem",
    problem: problemOf(wire.status, body),
    retryAfter: retryAfterOf(wire.getResponseHeader("Retry-After")),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
