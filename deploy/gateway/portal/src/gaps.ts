/** What keeps a dossier from being handed in, as rows that lead to the place where it can be mended. */
import type { Dossier, Missing, Problem } from "./api/types";
import { concerns, missingName, missingWords } from "./needs";
import { isUnanswered, itemsOf } from "./places";
import { awaiting, imageWords, mayLack } from "./words";

export interface Gap {
  code: string;
  name: string;
  words: string;
}

/** What the page itself knows to be missing; the server has the last word. */
export function knownGaps(dossier: Dossier): Gap[] {
  const open = itemsOf(dossier).filter(isUnanswered).map((item) => gapOf(dossier, item.category, item.reason_label || item.text));
  open.push(...awaiting(dossier).map(({ category, image }) => gapOf(dossier, category.code, imageWords(image).word)));
  const missing = dossier.progress.missing.filter((one) => !open.some((gap) => concerns(one, gap.code))).map(gapIn);
  return [...open, ...missing];
}

/** What stands in the way: a missing paper only where the policy refuses without it. */
export function blockingGaps(dossier: Dossier): Gap[] {
  const optional = new Set(mayLack(dossier) ? dossier.progress.missing.map((one) => one.code) : []);
  const returned = new Set((dossier.send_back?.items ?? []).map((item) => item.category));
  return knownGaps(dossier).filter((gap) => !optional.has(gap.code) || returned.has(gap.code));
}

const gapIn = (missing: Missing): Gap => ({ code: missing.code, name: missingName(missing), words: missingWords(missing) });

function gapOf(dossier: Dossier, code: string, words: string): Gap {
  return { code, name: dossier.categories.find((c) => c.code === code)?.name ?? code, words };
}

/** The gaps a refusal names: `missing` for categories, `items` for unanswered send-backs. */
export function refusedGaps(dossier: Dossier, problem: Problem): Gap[] {
  if (Array.isArray(problem["missing"])) return (problem["missing"] as Missing[]).map(gapIn);
  const list = problem["items"];
  if (!Array.isArray(list)) return knownGaps(dossier);
  const found = list.map((one: Record<string, unknown>) => {
    const code = String(one["category"] ?? "");
    const place = dossier.send_back?.items.find((item) => item.category === code && item.image_id === one["image_id"]);
    return gapOf(dossier, code, place ? place.reason_label || place.text : "还没上传");
  });
  return found.length > 0 ? found : knownGaps(dossier);
}
