/** The dossier without the pictures that are deleted on the page: what is counted and what is said go by it. */
import type { Category, Dossier, DossierImage } from "./api/types";
import { lackOf, needsOf } from "./needs";

export const isPresent = (image: DossierImage): boolean => !["refused", "awaiting"].includes(image.state);
const present = (category: Category): number => category.images.filter(isPresent).length;

export function withoutDeleted(dossier: Dossier, deleting: ReadonlySet<string>): Dossier {
  if (!dossier.categories.some((category) => category.images.some((image) => deleting.has(image.image_id)))) return dossier;
  const categories = dossier.categories.map((category) => without(category, deleting));
  const missing = needsOf({ ...dossier, categories }).flatMap((need) => lackOf(need, present) ?? []);
  const lacking = new Set(missing.map((one) => one.code));
  const groups = dossier.groups.map((group) => ({ ...group, satisfied: !lacking.has(group.code) }));
  const items = dossier.send_back?.items.map((item) =>
    item.answered_by !== null && deleting.has(item.answered_by) ? { ...item, answered_by: null, settled: false } : item,
  );
  return {
    ...dossier,
    categories,
    groups,
    send_back: dossier.send_back && items ? { ...dossier.send_back, items } : dossier.send_back,
    progress: { ...dossier.progress, missing, required_done: dossier.progress.required_total - missing.length },
  };
}

export function without(category: Category, deleting: ReadonlySet<string>): Category {
  return { ...category, images: category.images.filter((image) => !deleting.has(image.image_id)) };
}
