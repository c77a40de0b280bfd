/** The opened activation page, kept for this tab while its token lasts: a reload must not lose a ticket that served. */
import type { Entry } from "./api/types";

const KEY = "kaoshen.entry";
const LIFE_MS = 30 * 60_000;

export function keepEntry(entry: Entry): void {
  sessionStorage.setItem(KEY, JSON.stringify({ entry, until: Date.now() + LIFE_MS }));
}

export function keptEntry(): Entry | null {
  const kept = keptIn(sessionStorage.getItem(KEY), Date.now());
  if (kept === null) forgetEntry();
  return kept;
}

export function forgetEntry(): void {
  sessionStorage.removeItem(KEY);
}

/** What was kept, unless its time is over. */
export function keptIn(text: string | null, now: number): Entry | null {
  try {
    const kept = JSON.parse(text ?? "null") as { entry: Entry; until: number } | null;
    return kept !== null && now < kept.until && kept.entry.page && kept.entry.card ? kept.entry : null;
  } catch {
    return null;
  }
}
