/** Which block of the page a file on its way stands in: each in one, and in no other. */
import type { Dossier, SendBackItem } from "./api/types";
import type { Transfer } from "./transfers";

export type Way = Pick<Transfer, "category" | "slot" | "replaces">;

/** What was sent back and is still open to an answer. */
export const itemsOf = (dossier: Dossier): readonly SendBackItem[] => (dossier.stage === "returned" ? (dossier.send_back?.items ?? []) : []);

/** Is it still to be answered? A new picture that waits for the candidate's word is asked for by itself. */
export const isUnanswered = (item: SendBackItem): boolean => item.answered_by === null && !item.settled;

/** Does the file answer what was sent back? It replaces the old picture or the new one, or fills the place that has none. */
export function answers(way: Way, item: SendBackItem, dossier: Dossier): boolean {
  if (way.replaces !== null) return [item.image_id, item.answered_by].includes(way.replaces);
  const category = dossier.categories.find((one) => one.code === item.category);
  const isThere = category?.images.some((image) => image.image_id === item.image_id) ?? false;
  return !isThere && way.category === item.category && way.slot === item.slot;
}

/** Everything else of a category stands in the category, also what replaces one of its pictures. */
export function standsIn(way: Way, code: string, dossier: Dossier): boolean {
  return way.category === code && !itemsOf(dossier).some((item) => answers(way, item, dossier));
}
