import { expect, test } from "vitest";
import type { Category, Dossier, SendBackItem } from "../api/types";
import { answers, standsIn, type Way } from "../places";

function item(part: Partial<SendBackItem>): SendBackItem {
  return { category: "diploma", slot: null, image_id: "old", reason_label: "", text: "", answered_by: null, settled: false, ...part };
}

function returned(one: SendBackItem, images: string[], stage: Dossier["stage"] = "returned"): Dossier {
  const category = { code: "diploma", images: images.map((image_id) => ({ image_id })) } as unknown as Category;
  return { stage, send_back: { items: [one] }, categories: [category] } as unknown as Dossier;
}

const way = (replaces: string | null, part: Partial<Way> = {}): Way => ({ category: "diploma", slot: null, replaces, ...part });

test("a replacement of the returned picture, or of its successor, stands where the picture was returned", () => {
  const one = item({ answered_by: "new" });
  const dossier = returned(one, ["old", "new", "other"]);

  expect(["old", "new", "other"].map((id) => answers(way(id), one, dossier))).toEqual([true, true, false]);
  expect(["old", "new", "other"].map((id) => standsIn(way(id), "diploma", dossier))).toEqual([false, false, true]);
});

test("what was returned without a picture is answered by a new one in its place", () => {
  const one = item({ image_id: null, slot: "front" });
  const dossier = returned(one, ["other"]);

  expect(answers(way(null, { slot: "front" }), one, dossier)).toBe(true);
  expect(answers(way(null, { slot: "back" }), one, dossier)).toBe(false);
  expect(answers(way(null, { slot: "front", category: "id_proof" }), one, dossier)).toBe(false);
  expect(answers(way(null), item({}), returned(item({}), ["old"]))).toBe(false);
});

test("a replacement in an ordinary category stands in it", () => {
  const dossier = returned(item({}), ["old"], "draft");

  expect(standsIn(way("old"), "diploma", dossier)).toBe(true);
  expect(standsIn(way("old"), "id_proof", dossier)).toBe(false);
});
