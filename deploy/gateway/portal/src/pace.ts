/** How long the page waits before it asks again. */
export const BUSY_MS = 2000;
export const QUIET_MS = 20_000;
const LONGEST_SECONDS = 30;

export interface Trouble {
  /** A refusal: waiting does not help. */
  fatal: boolean;
  /** Failures in a row. */
  tries: number;
  /** Seconds the server has asked for. */
  retryAfter: number | null;
}

/** The pause after a failure, up to a third longer by chance: those who failed together do not come back together. */
export function pauseAfter(trouble: Trouble, chance: number): number {
  const told = trouble.retryAfter ?? Math.min(LONGEST_SECONDS, 2 ** trouble.tries);
  const pause = trouble.fatal ? QUIET_MS : Math.max(BUSY_MS, 1000 * told);
  return pause * (1 + chance / 3);
}
