import { expect, test } from "vitest";
import type { Category, Dossier, DossierImage, Group } from "../api/types";
import { knownGaps, refusedGaps } from "../gaps";
import { entriesOf, missingName, missingWords, needsOf } from "../needs";
import { withoutDeleted } from "../pending";
import { gaps } from "../words";

const image = (id: string): DossierImage => ({ image_id: id, state: "uploaded", status: "ready" }) as DossierImage;

function category(code: string, part: Partial<Category> = {}): Category {
  return { code, name: code.toUpperCase(), need: "one_of", change: null, required: false, mine: true, other: false, min_images: 1, max_images: 2, images: [], ...part } as Category;
}

const group = (satisfied: boolean): Group => ({ code: "yearly", name: "当年证明", hint: "", categories: ["practice", "probation"], satisfied });

const lack = {
  code: "yearly",
  name: "当年证明",
  present: 0,
  needed: 1,
  any_of: [
    { code: "practice", name: "执业证明", present: 0, needed: 2 },
    { code: "probation", name: "试用证明", present: 0, needed: 1 },
  ],
};

function dossier(part: Partial<Dossier> = {}): Dossier {
  return {
    stage: "draft",
    send_back: null,
    progress: { required_total: 2, required_done: 1, missing: [lack] },
    groups: [group(false)],
    categories: [
      category("card", { required: true, images: [image("i1")] }),
      category("practice", { min_images: 2 }),
      category("extra", { need: "not_needed", mine: false }),
      category("probation"),
    ],
    ...part,
  } as Dossier;
}

test("a group is one need and stands where its first paper does", () => {
  const needs = needsOf(dossier());

  expect(needs.map((need) => [need.code, need.categories.map((one) => one.code), need.missing?.code])).toEqual([
    ["card", ["card"], undefined],
    ["yearly", ["practice", "probation"], "yearly"],
  ]);
});

test("the list keeps the papers of a group together", () => {
  const page = dossier();

  expect(entriesOf(page, page.categories).map((entry) => [entry.key, entry.group !== null, entry.categories.length])).toEqual([
    ["card", false, 1],
    ["yearly", true, 2],
    ["extra", false, 1],
  ]);
});

test("a gap in a group names every way out", () => {
  expect(missingName(lack)).toBe("执业证明 或 试用证明");
  expect(missingWords(lack)).toBe("任选一种上传");
  expect(missingWords({ ...lack, present: 1, needed: 2 })).toBe("还差 1 张");
  expect(knownGaps(dossier())).toEqual([{ code: "yearly", name: "执业证明 或 试用证明", words: "任选一种上传" }]);
  expect(refusedGaps(dossier(), { title: "", status: 409, detail: "", code: "dossier_incomplete", missing: [lack] })).toEqual(knownGaps(dossier()));
});

test("a returned paper of a group is one thing to do, not two", () => {
  const item = { category: "probation", slot: null, image_id: "i2", reason_label: "看不清", text: "", answered_by: null, settled: false };
  const back = dossier({ stage: "returned", send_back: { items: [item] } as unknown as Dossier["send_back"] });

  expect(gaps(back)).toBe(1);
  expect(knownGaps(back).map((gap) => gap.code)).toEqual(["probation"]);
});

test("deleting the paper that met a group makes the group a gap again", () => {
  const met = dossier({
    progress: { required_total: 2, required_done: 2, missing: [] },
    groups: [group(true)],
    categories: [category("card", { required: true, images: [image("i1")] }), category("practice", { min_images: 2 }), category("probation", { images: [image("i2")] })],
  });

  const counted = withoutDeleted(met, new Set(["i2"]));

  expect(counted.progress.required_done).toBe(1);
  expect(counted.progress.missing.map((one) => [one.code, one.present, one.needed, one.any_of.length])).toEqual([["yearly", 0, 1, 2]]);
  expect(counted.groups[0]?.satisfied).toBe(false);
});
