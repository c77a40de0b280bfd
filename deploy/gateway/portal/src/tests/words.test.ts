import { expect, test } from "vitest";
import type { Category, Dossier, DossierImage, Problem } from "../api/types";
import { busiest, edges } from "../detail";
import { keptIn } from "../entry";
import { withoutDeleted } from "../pending";
import { checkPassword } from "../password";
import { formatWords, kindOf } from "../pictures";
import { placeOf, ticketOf } from "../address";
import {
  carriedWords,
  filledWords,
  gaps,
  imageWords,
  lackingNames,
  limitWords,
  lockingOf,
  nextStep,
  pieces,
  refusalWords,
  remaining,
  savedWords,
  sentenceTime,
  shrunkWords,
  sizeWords,
  stampTime,
  starred,
  supplementUntil,
} from "../words";

const RULE = "^(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9]{8,20}$";
const HINT = "8-20位，由字母、数字组成，区分大小写";

function dossier(part: Partial<Dossier>): Dossier {
  return {
    registration_id: "r",
    version: 1,
    revision: 0,
    stage: "draft",
    locked: false,
    locked_reason: null,
    can_submit: true,
    can_answer: false,
    can_withdraw: false,
    submit_mode: "explicit",
    require_mandatory: true,
    times: { opens_at: null, closes_at: null, review_starts_at: null, saved_at: null, settles_at: null, papers_due_at: null },
    submitted_at: null,
    receipt: null,
    send_back: null,
    progress: { required_total: 4, required_done: 4, missing: [] },
    groups: [],
    categories: [],
    server_time: "2020-03-14T14:02:08Z",
    ...part,
  } as Dossier;
}

test("times are Chinese wall-clock times wherever the phone is", () => {
  expect(stampTime("2020-03-14T14:02:08Z")).toBe("2020/3/14 22:02:08");
  expect(sentenceTime("2020-03-15T14:02:00Z")).toBe("3月15日 22:02");
});

test("midnight is the end of a day, not the beginning of the next", () => {
  expect(sentenceTime("2020-03-20T16:00:00Z")).toBe("3月20日 24:00");
});

test("the countdown gets finer the nearer the deadline is", () => {
  expect(remaining((5 * 24 + 9) * 3600_000)).toBe("5 天 9 小时");
  expect(remaining((17 * 60 + 26) * 60_000)).toBe("17 小时 26 分");
  expect(remaining(61_000)).toBe("1 分 01 秒");
  expect(remaining(0)).toBeNull();
});

test("sizes and limits are written as people know them", () => {
  expect(sizeWords(4_823_450)).toBe("4.6 MB");
  expect(sizeWords(190_464)).toBe("186 KB");
  expect(limitWords(204_800)).toBe("200k");
  expect(limitWords(200_000)).toBe("200k");
});

test("the next step names the number of gaps", () => {
  const missing = [{ code: "a", name: "甲", present: 0, needed: 1, any_of: [] }];
  expect(nextStep(dossier({ progress: { required_total: 4, required_done: 3, missing } }), "济南").line).toBe("先补齐 1 项，再提交审核");
  expect(nextStep(dossier({}), "济南").line).toBe("材料已齐，请提交审核");
});

test("a send-back tells the deadline and the number of open items", () => {
  const item = { category: "diploma", slot: null, image_id: "i", reason_label: "", text: "", answered_by: null, settled: false };
  const back = { id: "s", round: 1, level: "site", deadline: "2020-03-15T14:02:00Z", created_at: "", items: [item] };
  const open = dossier({ stage: "returned", send_back: back });
  expect(nextStep(open, "济南").line).toBe("请在 3月15日 22:02 前补充 1 项");
  const answered = dossier({ stage: "returned", send_back: { ...back, items: [{ ...item, answered_by: "n", settled: true }] } });
  expect(gaps(answered)).toBe(0);
  expect(nextStep(answered, "济南").line).toBe("已补好，请再次提交审核");
});

function autosaved(part: Partial<Dossier>, times: Partial<Dossier["times"]> = {}): Dossier {
  const base = dossier({});
  return { ...base, submit_mode: "autosave", can_submit: false, require_mandatory: false, ...part, times: { ...base.times, ...times } };
}

test("an autosaved dossier says when it was saved, and that nothing has to be submitted", () => {
  expect(savedWords(autosaved({}, { saved_at: "2020-03-14T14:02:08Z" }))).toBe("已自动保存 22:02:08，无需提交");
  expect(savedWords(autosaved({}))).toBe("上传后自动保存，无需提交");
  expect(nextStep(autosaved({ stage: "submitted" }), "济南")).toMatchObject({ line: "材料已保存，等待审核", act: false });
});

test("an autosaved dossier that lacks something says so, also when it is up for review", () => {
  const progress = { required_total: 4, required_done: 3, missing: [{ code: "a", name: "甲", present: 0, needed: 1, any_of: [] }] };
  expect(nextStep(autosaved({ stage: "submitted", progress }), "济南").line).toBe("请补齐 1 项材料");
  expect(nextStep(autosaved({ progress }), "济南").line).toBe("请补齐 1 项材料");
  expect(lackingNames(autosaved({ progress }))).toEqual(["甲"]);
  expect(lackingNames(dossier({ progress }))).toEqual([]);
  expect(lackingNames(dossier({ progress, require_mandatory: false }))).toEqual(["甲"]);
});

test("a returned picture that was taken away, and that nobody needs, is no gap", () => {
  const item = { category: "diploma", slot: null, image_id: "i", reason_label: "", text: "", answered_by: null, settled: true };
  const back = { id: "s", round: 1, level: "site", deadline: null, created_at: "", items: [item] };
  expect(gaps(dossier({ stage: "returned", send_back: back }))).toBe(0);
});

test("an autosaved send-back is answered with 我已补充完毕, or by quiet time", () => {
  const item = { category: "diploma", slot: null, image_id: "i", reason_label: "", text: "", answered_by: null, settled: false };
  const back = { id: "s", round: 1, level: "site", deadline: "2020-03-15T14:02:00Z", created_at: "", items: [item] };
  const open = autosaved({ stage: "returned", can_answer: true, send_back: back });
  expect(nextStep(open, "济南").line).toBe("请在 3月15日 22:02 前补充 1 项");
  expect(nextStep(open, "济南").more).toContain("我已补充完毕");
  const answered = { ...back, items: [{ ...item, answered_by: "n", settled: true }] };
  const progress = { required_total: 4, required_done: 3, missing: [{ code: "a", name: "甲", present: 0, needed: 1, any_of: [] }] };
  expect(gaps(autosaved({ stage: "returned", can_answer: true, send_back: answered, progress }))).toBe(0);
  const quiet = autosaved({ stage: "returned", can_answer: true, send_back: answered }, { settles_at: "2020-03-14T14:04:08Z" });
  expect(nextStep(quiet, "济南").more).toBe("没有其他改动的话，22:04:08 自动交给审核。");
});

test("what is closed by time names the instant", () => {
  const early = autosaved({ locked: true, locked_reason: "not_open_yet" }, { opens_at: "2021-01-20T02:00:00Z" });
  expect(nextStep(early, "济南").line).toBe("上传将于 1月20日 10:00 开始");
  const late = autosaved({ locked: true, locked_reason: "window_closed" }, { closes_at: "2021-02-10T16:00:00Z" });
  expect(nextStep(late, "济南")).toMatchObject({
    line: "已过截止时间，请联系济南考点",
    more: "上传已于 2月10日 24:00 结束。已上传的图片都保留着，不会丢失。",
  });
  expect(nextStep({ ...late, stage: "abandoned" }, "济南").title).toBe("逾期未提交");
});

test("while a reviewer holds it the page says so", () => {
  const held = dossier({ stage: "submitted", locked: true, locked_reason: "review_in_progress" });
  expect(nextStep(held, "济南").line).toBe("审核进行中，现在无需操作");
});

test("a review that has not begun is announced with its instant", () => {
  const waiting = autosaved({}, { review_starts_at: "2026-02-27T01:00:00Z" });
  expect(nextStep(waiting, "济南").more).toBe("图片传完就已保存，无需提交。审核将于 2月27日 09:00 开始。");
});

test("a category that is both returned and missing counts once", () => {
  const item = { category: "diploma", slot: null, image_id: "i", reason_label: "", text: "", answered_by: null, settled: false };
  const back = { id: "s", round: 1, level: "site", deadline: null, created_at: "", items: [item] };
  const missing = [{ code: "diploma", name: "毕业证书", present: 0, needed: 1, any_of: [] }];
  expect(gaps(dossier({ stage: "returned", send_back: back, progress: { required_total: 4, required_done: 3, missing } }))).toBe(1);
});

test("a picture that waits for the candidate's word is the next step, and counts once", () => {
  const image = { image_id: "i", state: "awaiting", awaits: "shrunk", open: true, size_bytes: 4_823_450, stored_bytes: 190_464 } as DossierImage;
  const category = { code: "diploma", name: "毕业证书", images: [image] } as unknown as Category;
  const missing = [{ code: "diploma", name: "毕业证书", present: 0, needed: 1, any_of: [] }];
  const asked = dossier({ categories: [category], progress: { required_total: 4, required_done: 3, missing } });
  expect(gaps(asked)).toBe(1);
  expect(nextStep(asked, "济南").line).toBe("有 1 张图片等您确认");
  expect(imageWords(image)).toEqual({ word: "已压缩，等您确认", icon: "warn", tone: "am" });
  expect(shrunkWords(image)).toBe("4.6 MB → 186 KB");
});

test("a picture that waits for the candidate's word is told also when the dossier is up for review", () => {
  const awaits = { code: "diploma", images: [image({ state: "awaiting", awaits: "shrunk" })] } as unknown as Category;
  const missing = [{ code: "a", name: "甲", present: 0, needed: 1, any_of: [] }];
  const asked = { stage: "submitted", categories: [awaits] } as const;
  expect(nextStep(autosaved({ ...asked, categories: [awaits] }), "济南").line).toBe("有 1 张图片等您确认");
  expect(nextStep(dossier({ ...asked, categories: [awaits] }), "济南").line).toBe("有 1 张图片等您确认");
  const both = autosaved({ ...asked, categories: [awaits], progress: { required_total: 2, required_done: 1, missing } });
  expect(nextStep(both, "济南").line).toBe("请补齐 2 项材料");
});

test("a supplement whose time has passed but which stays open is asked for without a countdown", () => {
  const item = { category: "diploma", slot: null, image_id: "i", reason_label: "", text: "", answered_by: null, settled: false };
  const back = { id: "s", round: 1, level: "site", deadline: "2020-03-14T14:02:08Z", created_at: "", items: [item] };
  const late = dossier({ stage: "returned", send_back: back });
  expect(nextStep(late, "济南")).toMatchObject({
    line: "请尽快补充 1 项",
    more: "规定时间已过，现在仍可补充。补充好后，再点一次“提交审核”。",
  });
  expect(supplementUntil(late)).toBeNull();
  expect(supplementUntil({ ...late, server_time: "2020-03-14T14:02:07Z" })).toBe(back.deadline);
  expect(supplementUntil({ ...late, locked_reason: "review_in_progress", server_time: "2020-03-14T14:02:07Z" })).toBeNull();
});

test("where nothing is submitted, nobody is told to submit", () => {
  const saved = { saved_at: "2020-03-14T14:02:08Z" };
  expect(filledWords(autosaved({}, saved))).toBe("上传材料，自动保存");
  expect(filledWords(autosaved({ stage: "returned" }, saved))).toBe("按退回意见补充");
  expect(filledWords(autosaved({ stage: "submitted" }, saved))).toBe("2020/3/14 22:02:08 已自动保存");
  expect(filledWords(dossier({ stage: "submitted", submitted_at: "2020-03-14T14:02:08Z" }))).toBe("2020/3/14 22:02:08 已提交");
  expect(filledWords(dossier({ stage: "returned" }))).toBe("按退回意见补充，再提交");
  expect(filledWords(null)).toBe("上传材料并提交");
});

test("what came along from last year is passed, locked and needs nothing", () => {
  const carried = { state: "locked", open: false, carried: { session: "2019", approved: true } } as DossierImage;
  const category = { images: [carried] } as unknown as Category;
  expect(imageWords(carried)).toEqual({ word: "已通过", icon: "check", tone: "ok" });
  expect(carriedWords(category)).toBe("沿用 2019 年已通过的图片，已锁定，无需再传");
  expect(carriedWords({ images: [{ ...carried, open: true }] } as unknown as Category)).toContain("也可以更换");
  expect(carriedWords({ images: [{ ...carried, carried: { session: "2020", approved: false } }] } as unknown as Category)).toContain("原来的报名");
  expect(carriedWords({ images: [{ ...carried, carried: null }] } as unknown as Category)).toBe("");
});

test("after a submit there is nothing to do", () => {
  const step = nextStep(dossier({ stage: "submitted", locked: true, locked_reason: "submitted" }), "济南");
  expect(step).toMatchObject({ line: "现在无需操作，等待审核", act: false });
});

test("a missed deadline names the office", () => {
  const step = nextStep(dossier({ stage: "returned", locked: true, locked_reason: "sendback_expired" }), "济南");
  expect(step.line).toBe("已过截止时间，请联系济南考点");
});

test("a refusal says how to go on, once", () => {
  const problem = { title: "", status: 409, code: "slot_full", detail: "这个位置已有图片", hint: "请先删除这个位置上的图片" } as Problem;
  expect(refusalWords(problem, null)).toBe("这个位置已有图片。请先删除这个位置上的图片");
  expect(refusalWords({ ...problem, detail: "图片太大，请压缩" }, null)).toBe("图片太大，请压缩");
});

test("a state is always a word, and an icon wherever a colour speaks", () => {
  const states = ["processing", "awaiting", "uploaded", "locked", "passed", "returned", "refused"] as const;
  for (const state of states) {
    const words = imageWords({ state, open: true, refusal: null, doubts: [] as const } as unknown as DossierImage);
    expect(words.word).not.toBe("");
    expect(words.tone === "" || words.icon !== null).toBe(true);
  }
});

test("a doubt about a picture is an ochre hint and never stands above what has to be done", () => {
  const blurred = { open: true, refusal: null, doubts: ["blurred", "dark"] } as const;
  expect(imageWords({ ...blurred, state: "uploaded" } as unknown as DossierImage)).toEqual({
    word: "可能看不清，建议重拍",
    icon: "warn",
    tone: "am",
  });
  expect(imageWords({ ...blurred, state: "returned" } as unknown as DossierImage).word).toBe("被退回，已解锁");
});

test("a password's fault is told with what to do", () => {
  expect(checkPassword("abc123", RULE, HINT)).toBe("密码只有 6 位，请再加至少 2 位");
  expect(checkPassword("abcdefgh", RULE, HINT)).toBe("密码里还没有数字，请加上");
  expect(checkPassword("12345678", RULE, HINT)).toBe("密码里还没有字母，请加上");
  expect(checkPassword("Abcd1234!", RULE, HINT)).toBe("密码里有字母和数字以外的符号，请去掉");
  expect(checkPassword("Abcd1234Abcd1234Abcd1", RULE, HINT)).toBe("密码有 21 位，请减到 20 位以内");
  expect(checkPassword("Abcd1234", RULE, HINT)).toBeNull();
});

test("a rule that this browser cannot read is left to the server", () => {
  expect(checkPassword("x", "(?<", "")).toBeNull();
});

test("a file is what its bytes say", () => {
  const bytes = (hex: string): Uint8Array => new Uint8Array((hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
  expect(kindOf(bytes("ffd8ffe000104a464946"))).toBe("jpeg");
  expect(kindOf(bytes("89504e470d0a1a0a0000"))).toBe("png");
  expect(kindOf(bytes("474946383961"))).toBe("gif");
  expect(kindOf(bytes("000000186674797068656963"))).toBe("heic");
  expect(kindOf(bytes("0102030405"))).toBe("unknown");
  expect(formatWords(["jpeg", "png"])).toBe("jpg、jpeg 或 png");
});

test("the ticket is read from the fragment, and nothing else is taken for one", () => {
  expect(ticketOf("#ticket=a.b-c_d")).toBe("a.b-c_d");
  expect(ticketOf("#/materials/1")).toBeNull();
  expect(placeOf("#/materials/6f1b-7c")).toEqual({ name: "materials", registration: "6f1b-7c" });
  expect(placeOf("#anything")).toEqual({ name: "home" });
});

function image(part: Partial<DossierImage>): DossierImage {
  return { image_id: "i", slot: null, status: "ready", state: "uploaded", open: true, refusal: null, returned: null, ...part } as DossierImage;
}

function category(part: Partial<Category>): Category {
  return { code: "id_proof", name: "身份证明", required: true, min_images: 2, max_images: 2, slots: [], images: [], ...part } as Category;
}

test("a deleted picture is not counted from the first second on, and counts again after an undo", () => {
  const whole = dossier({
    progress: { required_total: 1, required_done: 1, missing: [] },
    categories: [category({ images: [image({ image_id: "a" }), image({ image_id: "b" })] })],
  });
  const seen = withoutDeleted(whole, new Set(["b"]));
  expect(seen.progress).toEqual({
    required_total: 1,
    required_done: 0,
    missing: [{ code: "id_proof", name: "身份证明", present: 1, needed: 2, any_of: [] }],
  });
  expect(nextStep(seen, "济南").line).toBe("先补齐 1 项，再提交审核");
  expect(withoutDeleted(whole, new Set())).toBe(whole);
});

test("a deleted answer leaves its send-back open", () => {
  const item = { category: "id_proof", slot: null, image_id: "old", reason_label: "", text: "", answered_by: "new", settled: true };
  const back = { id: "s", round: 1, level: "site", deadline: null, created_at: "", items: [item] };
  const whole = dossier({ stage: "returned", send_back: back, categories: [category({ min_images: 0, images: [image({ image_id: "new" })] })] });
  expect(gaps(withoutDeleted(whole, new Set(["new"])))).toBe(1);
});

test("the confirmation counts what a submission locks, apart from what is locked already", () => {
  const images = [image({}), image({ open: false, state: "locked" }), image({ open: false, state: "passed" }), image({ state: "refused" })];
  expect(lockingOf(dossier({ categories: [category({ images })] }))).toEqual({ now: 1, before: 2 });
});

test("a refusal says when it is the returned picture, and when another page was faster", () => {
  const problem = { title: "", status: 409, detail: "这张图片已经上传过了", code: "identical_image", image_id: "i" } as Problem;
  const returned = dossier({ categories: [category({ images: [image({ state: "returned" })] })] });
  expect(refusalWords(problem, returned)).toBe("这张图片已经上传过了。这就是被退回的那张，请重新拍摄");
  expect(refusalWords(problem, dossier({ categories: [category({ images: [image({})] })] }))).toBe("这张图片已经上传过了");
  expect(refusalWords({ ...problem, code: "slot_taken" }, returned)).toBe("已在另一页上传");
});

test("a date stays with its time, and a star with its neighbours", () => {
  expect(pieces("请在 11月23日 14:33 前补充 1 项").filter((one) => one.whole).map((one) => one.text)).toEqual(["11月23日 14:33 前", "1 项"]);
  expect(starred("注意：带有*号为必须")).toEqual(["注意：带", "有*号", "为必须"]);
});

test("an opened activation page is kept for half an hour, and no longer", () => {
  const kept = JSON.stringify({ entry: { entry_token: "t", page: {}, card: {} }, until: 1000 });
  expect(keptIn(kept, 999)?.entry_token).toBe("t");
  expect(keptIn(kept, 1000)).toBeNull();
  expect(keptIn("{", 0)).toBeNull();
  expect(keptIn(null, 0)).toBeNull();
});

test("the lens looks where there is most to read", () => {
  const [width, height] = [100, 80];
  const pixels = new Uint8ClampedArray(width * height * 4).fill(250);
  for (let y = 60; y < 66; y++) for (let x = 20; x < 50; x += 2 + (y % 2)) pixels.fill(20, (y * width + x) * 4, (y * width + x) * 4 + 3);
  pixels.fill(0, 20 * width * 4, 22 * width * 4); // a line, however black, is nothing to read
  const [first] = busiest(edges(pixels, width, height), width, height, { x: 0.34, y: 0.1 }, 3);
  expect(Math.abs((first?.x ?? 0) - 0.35)).toBeLessThan(0.06);
  expect(Math.abs((first?.y ?? 0) - 0.79)).toBeLessThan(0.06);
});
