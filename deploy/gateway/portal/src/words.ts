/** The page's sentences: times, sizes, states, and the one next step. Pure functions, no clock of their own. */
import type { Category, Dossier, DossierImage, Problem } from "./api/types";
import { concerns, missingName } from "./needs";
import { isUnanswered, itemsOf } from "./places";

const CHINA = 8 * 3600_000;
const two = (value: number): string => String(value).padStart(2, "0");

/** Exam deadlines are Chinese wall-clock times wherever the phone believes to be. */
function china(instant: string): Date {
  return new Date(Date.parse(instant) + CHINA);
}

/** `3月15日 22:02`, for sentences. */
export function sentenceTime(instant: string): string {
  const t = china(instant);
  if (t.getUTCHours() === 0 && t.getUTCMinutes() === 0 && t.getUTCSeconds() === 0) {
    const day = new Date(t.getTime() - 1);
    return `${day.getUTCMonth() + 1}月${day.getUTCDate()}日 24:00`;
  }
  return `${t.getUTCMonth() + 1}月${t.getUTCDate()}日 ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
}

/** `2020/3/14 22:02:08`, for receipts and messages. */
export function stampTime(instant: string): string {
  const t = china(instant);
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;
  return `${t.getUTCFullYear()}/${t.getUTCMonth() + 1}/${t.getUTCDate()} ${clock}`;
}

/** `22:02:08`, for what was saved a moment ago. */
export function clockTime(instant: string): string {
  return stampTime(instant).split(" ")[1] ?? "";
}

/** The line that stands where others submit: what was saved, and when. */
export function savedWords(dossier: Dossier): string {
  const saved = dossier.times.saved_at;
  return saved ? `已自动保存 ${clockTime(saved)}，无需提交` : "上传后自动保存，无需提交";
}

/** `17 小时 26 分`; the finer the nearer. Null when the time is over. */
export function remaining(milliseconds: number): string | null {
  if (milliseconds <= 0) return null;
  const seconds = Math.floor(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  if (hours >= 24) return `${Math.floor(hours / 24)} 天 ${hours % 24} 小时`;
  if (hours >= 1) return `${hours} 小时 ${Math.floor((seconds % 3600) / 60)} 分`;
  return `${Math.floor(seconds / 60)} 分 ${two(seconds % 60)} 秒`;
}

export function sizeWords(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

/** `200k`, as the guide writes the limit. */
export function limitWords(bytes: number): string {
  return bytes % 1024 === 0 ? `${bytes / 1024}k` : `${Math.round(bytes / 1000)}k`;
}

export interface StateWords {
  word: string;
  icon: string | null;
  tone: "" | "run" | "ok" | "bad" | "am" | "off";
}

/** A paper of which a picture waits for the candidate's word. */
export const ASKS: StateWords = { word: "等您确认", icon: "warn", tone: "am" };

const DOUBTS = {
  blurred: "可能看不清，建议重拍",
  dark: "偏暗，可能看不清，建议重拍",
  glaring: "有反光，请看看是否挡住字",
} as const;

export function imageWords(image: DossierImage): StateWords {
  switch (image.state) {
    case "processing":
      return { word: "处理中", icon: "clock", tone: "run" };
    case "awaiting":
      return { word: image.awaits === "same_shot" ? "和被退回的是同一张" : "已压缩，等您确认", icon: "warn", tone: "am" };
    case "uploaded":
      return image.doubts[0] ? { word: DOUBTS[image.doubts[0]], icon: "warn", tone: "am" } : { word: "已上传", icon: null, tone: "" };
    case "locked":
      if (image.carried?.approved) return { word: "已通过", icon: "check", tone: "ok" };
      return { word: "已锁定", icon: "lock", tone: "off" };
    case "passed":
      return { word: "已通过", icon: "check", tone: "ok" };
    case "returned":
      return { word: image.open ? "被退回，已解锁" : "被退回", icon: "warn", tone: "bad" };
    case "refused":
      return { word: image.refusal?.detail ?? "这个文件没有被接受", icon: "warn", tone: "bad" };
  }
}

/** Asks whether the picture that was returned is meant once more. */
export const SAME_AS_RETURNED = "same_as_returned";

/** Codes that mean: what this page offered has been filled from another one. */
export const OVERTAKEN: readonly string[] = ["category_full", "slot_taken"];

/** The sentence of a refusal; how to go on is added where it does not say so itself. */
function withWayOut(problem: Problem): string {
  if (!problem.hint || problem.detail.includes("请")) return problem.detail;
  return `${problem.detail.replace(/。$/, "")}。${problem.hint}`;
}

/** A refused upload, with what the dossier on the page knows about it. */
export function refusalWords(problem: Problem, dossier: Dossier | null): string {
  if (OVERTAKEN.includes(problem.code)) return "已在另一页上传";
  const twin = dossier?.categories.flatMap((c) => c.images).find((image) => image.image_id === problem["image_id"]);
  if (problem.code !== "identical_image" || twin?.state !== "returned") return withWayOut(problem);
  return `${problem.detail.replace(/。$/, "")}。这就是被退回的那张，请重新拍摄`;
}

const WHOLE = /(\d+月\d+日 \d+:\d+ 前|\d+ 项)/;

/** A sentence in pieces; a date with its time stays whole, and a number with its noun. */
export function pieces(line: string): { text: string; whole: boolean }[] {
  return line
    .split(WHOLE)
    .filter((text) => text !== "")
    .map((text) => ({ text, whole: WHOLE.test(text) }));
}

/** The pieces of a text; a `*` comes with its neighbours, so that it never stands alone on a line. */
export function starred(text: string): string[] {
  return text.split(/(.?\*.?)/).filter((piece) => piece !== "");
}

/** What a submission locks, and what is locked before it. */
export interface Locking {
  now: number;
  before: number;
}

export function lockingOf(dossier: Dossier | null): Locking {
  const images = dossier?.categories.flatMap((c) => c.images).filter((image) => !["refused", "returned"].includes(image.state)) ?? [];
  const now = images.filter((image) => image.open).length;
  return { now, before: images.length - now };
}

/** The fallback for the word on the card while the review service is away. */
export function cardWord(dossier: Dossier): string {
  if (dossier.stage === "passed") return "审核通过";
  if (dossier.stage === "rejected") return "审核拒绝";
  return dossier.stage === "site_passed" ? "考点通过" : "填报";
}

/** `4.6 MB → 186 KB` under a picture that the server has made smaller. */
export function shrunkWords(image: DossierImage): string {
  if (image.stored_bytes === null || image.stored_bytes >= image.size_bytes) return "";
  return `${sizeWords(image.size_bytes)} → ${sizeWords(image.stored_bytes)}`;
}

/** Pictures that wait for the candidate's word, with their categories. */
export function awaiting(dossier: Dossier): { category: Category; image: DossierImage }[] {
  return dossier.categories.flatMap((category) =>
    category.images.filter((image) => image.state === "awaiting").map((image) => ({ category, image })),
  );
}

/** How many things the candidate still has to do before 提交审核 can succeed. */
export function gaps(dossier: Dossier): number {
  const open = itemsOf(dossier).filter(isUnanswered);
  const asked = awaiting(dossier);
  const named = new Set([...open.map((item) => item.category), ...asked.map((one) => one.category.code)]);
  // Once reviewed, what may be lacking is asked for by the reviewer, or by nobody.
  const missing = dossier.stage === "returned" && mayLack(dossier) ? [] : dossier.progress.missing;
  return open.length + asked.length + missing.filter((one) => ![...named].some((code) => concerns(one, code))).length;
}

/** May a dossier be put forward without everything that is required? Then a warning stands in its place. */
export function mayLack(dossier: Dossier): boolean {
  return dossier.submit_mode === "autosave" || !dossier.require_mandatory;
}

export function lackingNames(dossier: Dossier | null): string[] {
  return dossier && mayLack(dossier) ? dossier.progress.missing.map(missingName) : [];
}

export interface Step {
  /** The one line in the largest type. */
  line: string;
  /** What happens then, or why nothing can be done. */
  more: string;
  /** The state in the document title. */
  title: string;
  act: boolean;
}

const quiet = (line: string, more: string, title = line): Step => ({ line, more, title, act: false });

function lockedStep(dossier: Dossier, site: string): Step | null {
  const office = `请联系${site}考点`;
  switch (dossier.locked_reason) {
    case "window_closed":
      return quiet(`已过截止时间，${office}`, `${closedWords(dossier)}已上传的图片都保留着，不会丢失。`, "已过截止时间");
    case "sendback_expired":
      return quiet(`已过截止时间，${office}`, "补充材料的时间已过，原来的图片都保留着。", "已过截止时间");
    case "not_open_yet":
      return quiet(
        dossier.times.opens_at ? `上传将于 ${sentenceTime(dossier.times.opens_at)} 开始` : "上传还没有开始",
        "到开放时间后再来，这里会变成上传页面。",
        "上传还没有开始",
      );
    case "review_in_progress":
      return quiet("审核进行中，现在无需操作", "审核期间不能修改图片。有审核意见会显示在“消息提醒”里。", "审核进行中");
    case "due_paper_expired":
      return quiet(`已过截止时间，${office}`, "补交材料的时间已过，原来的图片都保留着。", "已过截止时间");
    case "superseded":
      return quiet("您已重新报考，这份材料不再使用", "请回到报名列表，打开新的报名；传过的图片会自动带过去。", "已重新报考");
    default:
      return null;
  }
}

/** `上传已于 2月11日 24:00 结束。` */
function closedWords(dossier: Dossier): string {
  return dossier.times.closes_at ? `上传已于 ${sentenceTime(dossier.times.closes_at)} 结束。` : "";
}

export function nextStep(dossier: Dossier, site: string): Step {
  switch (dossier.stage) {
    case "passed":
      return quiet("审核通过，无需再来", "报名材料已全部审核通过，图片已锁定。", "审核通过");
    case "rejected":
      return quiet("审核结果：审核拒绝", "原因见上面的消息提醒。如有疑问，请联系考点。", "审核拒绝");
    case "site_passed":
      return quiet("考点已通过，等待考区复审", "现在无需操作，有结果会发短信通知您。", "等待考区复审");
    case "closed":
      return lockedStep(dossier, site) ?? quiet("本次报名已结束", "已上传的图片都保留着，不能再修改。");
    case "abandoned":
      return quiet(
        `已过截止时间，请联系${site}考点`,
        `${closedWords(dossier)}没有在截止时间前提交，按放弃处理。已上传的图片都保留着。`,
        "逾期未提交",
      );
    case "submitted":
      if (!dossier.locked && isAutosaved(dossier)) return confirmStep(dossier) ?? waitingStep(dossier);
      if (!dossier.locked) return confirmStep(dossier) ?? quiet("已提交，等待审核", "审核开始前还可以修改，改后请再点一次“提交审核”。");
      return (
        lockedStep(dossier, site) ??
        quiet("现在无需操作，等待审核", "可以关闭本页。有结果会发短信到您的报名电话。", "已提交，等待审核")
      );
    case "returned":
      return lockedStep(dossier, site) ?? confirmStep(dossier) ?? returnedStep(dossier);
    default:
      return lockedStep(dossier, site) ?? confirmStep(dossier) ?? draftStep(dossier);
  }
}

/** Only the candidate's word is missing. */
function confirmStep(dossier: Dossier): Step | null {
  const asked = awaiting(dossier).length;
  if (asked === 0 || asked !== gaps(dossier)) return null;
  return { line: `有 ${asked} 张图片等您确认`, more: "看清楚文字后点“确认使用”，不清楚就换一张。", title: "等您确认图片", act: true };
}

export const isAutosaved = (dossier: Dossier | null): boolean => dossier?.submit_mode === "autosave";

/** Under 填报 in the progress of the review: what was done, or how it is done. */
export function filledWords(dossier: Dossier | null): string {
  const isOver = dossier !== null && !["draft", "returned", "closed"].includes(dossier.stage);
  if (isAutosaved(dossier)) {
    const saved = dossier?.times.saved_at;
    if (saved && isOver) return `${stampTime(saved)} 已自动保存`;
    return dossier?.stage === "returned" ? "按退回意见补充" : "上传材料，自动保存";
  }
  if (dossier?.submitted_at && isOver) return `${stampTime(dossier.submitted_at)} 已提交`;
  return dossier?.stage === "returned" ? "按退回意见补充，再提交" : "上传材料并提交";
}

/** Up for review without a submission: what is missing may still come, until a reviewer begins. */
function waitingStep(dossier: Dossier): Step {
  const open = gaps(dossier);
  if (open === 0) return quiet("材料已保存，等待审核", "审核开始前还可以修改，改后无需提交。");
  return { line: `请补齐 ${open} 项材料`, more: "随时可能开始审核，缺少的材料请尽快上传。", title: `还差 ${open} 项`, act: true };
}

/** A deadline that has passed closes the dossier by the policy only: the server says when. */
export function isLate(dossier: Dossier): boolean {
  const deadline = dossier.send_back?.deadline;
  return dossier.stage === "returned" && !!deadline && Date.parse(deadline) <= Date.parse(dossier.server_time);
}

/** Until when what was sent back is to be supplied, as long as that lies ahead and can be done. */
export function supplementUntil(dossier: Dossier): string | null {
  const isOpen = dossier.stage === "returned" && dossier.locked_reason === null && !isLate(dossier);
  return isOpen ? (dossier.send_back?.deadline ?? null) : null;
}

const ANSWER = "补充好后，点“我已补充完毕”；不点也可以，一段时间没有改动后会自动交给审核。";

function answeredStep(dossier: Dossier): Step {
  const settles = dossier.times.settles_at;
  const more = settles ? `没有其他改动的话，${clockTime(settles)} 自动交给审核。` : "图片处理完后，会自动交给审核。";
  return { line: "已补好，可以点“我已补充完毕”", more, title: "已补好", act: true };
}

function returnedStep(dossier: Dossier): Step {
  const open = gaps(dossier);
  if (open === 0 && isAutosaved(dossier)) return answeredStep(dossier);
  if (open === 0) {
    return { line: "已补好，请再次提交审核", more: "不再点一次“提交审核”，考点看不到新图片。", title: "请再次提交", act: true };
  }
  const more = isAutosaved(dossier) ? ANSWER : "补充好后，再点一次“提交审核”。";
  if (isLate(dossier)) return { line: `请尽快补充 ${open} 项`, more: `规定时间已过，现在仍可补充。${more}`, title: `要补充 ${open} 项`, act: true };
  const deadline = supplementUntil(dossier);
  const line = deadline ? `请在 ${sentenceTime(deadline)} 前补充 ${open} 项` : `请补充 ${open} 项`;
  return { line, more, title: `要补充 ${open} 项`, act: true };
}

/** S1-14: when the review begins, as long as it has not. */
function startWords(dossier: Dossier): string {
  const start = dossier.times.review_starts_at;
  return start && Date.parse(start) > Date.parse(dossier.server_time) ? `审核将于 ${sentenceTime(start)} 开始。` : "";
}

function draftStep(dossier: Dossier): Step {
  const open = gaps(dossier);
  const explicit = dossier.submit_mode === "explicit";
  if (open === 0) {
    return explicit
      ? { line: "材料已齐，请提交审核", more: "只上传、不提交，不会进入审核。", title: "请提交审核", act: true }
      : quiet("材料已齐，等待审核", `图片传完就已保存，无需提交。${startWords(dossier)}`, "材料已齐");
  }
  return explicit
    ? { line: `先补齐 ${open} 项，再提交审核`, more: "只上传、不提交，不会进入审核。", title: `还差 ${open} 项`, act: true }
    : { line: `请补齐 ${open} 项材料`, more: `图片传完就已保存，无需提交。${startWords(dossier)}`, title: `还差 ${open} 项`, act: true };
}

/** Where the pictures of a category come from, if they came along from elsewhere. */
export function carriedWords(category: Category): string {
  const carried = category.images.find((image) => image.carried);
  if (!carried?.carried) return "";
  if (!carried.carried.approved) return "从原来的报名带入，请核对是否仍然适用";
  const { session } = carried.carried;
  return carried.open ? `沿用 ${session} 年已通过的图片，无需再传，也可以更换` : `沿用 ${session} 年已通过的图片，已锁定，无需再传`;
}

/** `3/3 张，已传满` in the header of a category with a fixed number. */
export function countWords(category: Category): string {
  const count = category.images.filter((image) => image.state !== "refused").length;
  if (count === 0) return "";
  if (count >= category.max_images) return `${count}/${category.max_images} 张，已传满`;
  if (count < category.min_images) return `${count}/${category.min_images} 张`;
  return `已上传 ${count} 张`;
}
