/** The dossier without the pictures that are deleted on the page: what is counted and what is said go by it. */
import type { Category, Dossier, DossierImage, Missing } from "./api/types";

export const isPresent = (image: DossierImage): boolean => !["refused", "awaiting"].includes(image.state);

export function withoutDeleted(dossier: Dossier, deleting: ReadonlySet<string>): Dossier {
  if (!dossier.categories.some((category) => category.images.some((image) => deleting.has(image.image_id)))) return dossier;
  const categories = dossier.categories.map((category) => without(category, deleting));
  const missing = missingIn(dossier, categories);
  const items = dossier.send_back?.items.map((item) =>
    item.answered_by !== null && deleting.has(item.answered_by) ? { ...item, answered_by: null } : item,
  );
  return {
    ...dossier,
    categories,
    send_back: dossier.send_back && items ? { ...dossier.send_back, items } : dossier.send_back,
    progress: { ...dossier.progress, missing, required_done: dossier.progress.required_total - missing.length },
  };
}

export function without(category: Category, deleting: ReadonlySet<string>): Category {
  return { ...category, images: category.images.filter((image) => !deleting.has(image.image_id)) };
}

function missingIn(dossier: Dossier, categories: readonly Category[]): Missing[] {
  const told = new Map(dossier.progress.missing.map((one) => [one.code, one]));
  return categories.flatMap((category, at) => {
    const before = told.get(category.code);
    const gone = (dossier.categories[at]?.images.length ?? 0) - category.images.length;
    if (gone === 0 || !category.required) return before ?? [];
    const present = category.images.filter(isPresent).length;
    if (!before && present >= category.min_images) return [];
    return { code: category.code, name: category.name, present, needed: category.min_images };
  });
}
