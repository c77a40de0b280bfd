/** What the candidate must hand in, as the page lists it: a paper, or a group of which one suffices. */
import type { Alternative, Category, Dossier, Group, Missing } from "./api/types";

export interface Need {
  code: string;
  name: string;
  /** The papers that meet the need: one, or the alternatives of the group. */
  categories: Category[];
  group: Group | null;
  missing: Missing | null;
}

const groupOf = (dossier: Dossier, code: string): Group | null => dossier.groups.find((group) => group.categories.includes(code)) ?? null;

/** The needs in the order of the list; a group stands once, where its first paper does. */
export function needsOf(dossier: Dossier): Need[] {
  const needs = new Map<string, Need>();
  for (const category of dossier.categories) {
    const group = groupOf(dossier, category.code);
    const { code, name } = group ?? category;
    if (!group && !category.required) continue;
    const categories = [...(needs.get(code)?.categories ?? []), category];
    const missing = dossier.progress.missing.find((one) => one.code === code) ?? null;
    needs.set(code, { code, name, categories, group, missing });
  }
  return [...needs.values()];
}

/** Would a picture in this category meet what is missing here? */
export const concerns = (missing: Missing, category: string): boolean =>
  missing.code === category || missing.any_of.some((one) => one.code === category);

/** `甲 或 乙` for a group, so that every way out is named. */
export const missingName = (missing: Missing): string =>
  missing.any_of.length > 0 ? missing.any_of.map((one) => one.name).join(" 或 ") : missing.name;

export function missingWords(missing: Missing): string {
  const lack = missing.needed - missing.present;
  if (missing.present > 0) return `还差 ${lack} 张`;
  return missing.any_of.length > 0 ? "任选一种上传" : "还没上传";
}

/** What a need lacks by these counts; null when one of its papers is complete. */
export function lackOf(need: Need, present: (category: Category) => number): Missing | null {
  const each: Alternative[] = need.categories.map((one) => ({ code: one.code, name: one.name, present: present(one), needed: one.min_images }));
  const nearest = each.reduce((best, one) => (one.needed - one.present < best.needed - best.present ? one : best));
  if (nearest.present >= nearest.needed) return null;
  return { code: need.code, name: need.name, present: nearest.present, needed: nearest.needed, any_of: need.group ? each : [] };
}

export interface Entry {
  key: string;
  group: Group | null;
  categories: Category[];
}

/** The blocks of a list: papers by themselves, and groups with the papers of theirs that are in it. */
export function entriesOf(dossier: Dossier, categories: readonly Category[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const category of categories) {
    const group = groupOf(dossier, category.code);
    const key = group?.code ?? category.code;
    entries.set(key, { key, group, categories: [...(entries.get(key)?.categories ?? []), category] });
  }
  return [...entries.values()];
}
