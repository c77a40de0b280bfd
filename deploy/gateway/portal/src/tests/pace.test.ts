import { expect, test } from "vitest";
import { BUSY_MS, pauseAfter, QUIET_MS } from "../pace";

const failed = (tries: number, retryAfter: number | null = null) => ({ fatal: false, tries, retryAfter });

test("the page asks less often the longer it fails, up to half a minute", () => {
  expect([1, 2, 3, 5, 9].map((tries) => pauseAfter(failed(tries), 0))).toEqual([2000, 4000, 8000, 30_000, 30_000]);
});

test("the page waits as long as the server asks for, and never less than when busy", () => {
  expect(pauseAfter(failed(1, 12), 0)).toBe(12_000);
  expect(pauseAfter(failed(7, 0), 0)).toBe(BUSY_MS);
});

test("a refusal that no waiting mends is asked about at the quiet pace", () => {
  expect(pauseAfter({ fatal: true, tries: 1, retryAfter: null }, 0)).toBe(QUIET_MS);
});

test("those who failed together do not come back together", () => {
  expect(pauseAfter(failed(2), 0.75)).toBe(5000);
});
