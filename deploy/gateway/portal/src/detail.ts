/** Where a picture has the most detail: there the lens looks first, not at blank paper. Pure numbers, no canvas. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A step below this is paper grain and noise; one above the cap is the edge of the paper, not more text. */
const FLOOR = 14;
const CAP = 70;

export interface Edges {
  readonly across: Float64Array;
  readonly down: Float64Array;
}

const energyOf = (step: number): number => (step < FLOOR ? 0 : Math.min(step, CAP));

/** Brightness steps of RGBA pixels, to the right and downwards. */
export function edges(pixels: ArrayLike<number>, width: number, height: number): Edges {
  const grey = new Float64Array(width * height);
  for (let at = 0; at < grey.length; at++) {
    const of = (channel: number): number => pixels[at * 4 + channel] ?? 0;
    grey[at] = 0.3 * of(0) + 0.59 * of(1) + 0.11 * of(2);
  }
  const [across, down] = [new Float64Array(grey.length), new Float64Array(grey.length)];
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const at = y * width + x;
      const here = grey[at] ?? 0;
      across[at] = energyOf(Math.abs((grey[at + 1] ?? 0) - here));
      down[at] = energyOf(Math.abs((grey[at + width] ?? 0) - here));
    }
  }
  return { across, down };
}

/** Sums over every rectangle from the upper left corner. */
function sums(values: Float64Array, width: number, height: number): Float64Array {
  const total = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const above = total[y * (width + 1) + x + 1] ?? 0;
      const left = total[(y + 1) * (width + 1) + x] ?? 0;
      const both = total[y * (width + 1) + x] ?? 0;
      total[(y + 1) * (width + 1) + x + 1] = above + left - both + (values[y * width + x] ?? 0);
    }
  }
  return total;
}

/** How much there is to read in the columns from `x` on, between two rows. */
type Reading = (x: number, from: number, to: number) => number;

/** Writing has steps in both directions; a line that is drawn or the edge of the paper only in one. */
function readingOf(found: Edges, width: number, height: number, w: number): Reading {
  const [across, down] = [sums(found.across, width, height), sums(found.down, width, height)];
  const within = (total: Float64Array, x: number, from: number, to: number): number => {
    const sum = (column: number, row: number): number => total[row * (width + 1) + column] ?? 0;
    return sum(x + w, to) - sum(x, to) - sum(x + w, from) + sum(x, from);
  };
  return (x, from, to) => Math.min(within(across, x, from, to), within(down, x, from, to));
}

/** The centres (in shares of width and height) of the busiest windows that do not overlap, busiest first. */
export function busiest(steps: Edges, width: number, height: number, window: Spot, most: number): Spot[] {
  const fit = (share: number, whole: number): number => Math.min(whole, Math.max(1, Math.round(share * whole)));
  const [w, h] = [fit(window.x, width), fit(window.y, height)];
  const read = readingOf(steps, width, height, w);
  const rim = Math.max(1, Math.round(h / 7));
  const [right, down] = [Math.max(1, Math.round(w / 8)), Math.max(1, Math.round(h / 9))];
  const found: { x: number; y: number; worth: number }[] = [];
  for (let y = 0; y + h <= height; y += down) {
    for (let x = 0; x + w <= width; x += right) {
      // A line of text that the rim cuts through cannot be read: it counts against the place.
      const cut = read(x, y, y + rim) + read(x, y + h - rim, y + h);
      found.push({ x, y, worth: read(x, y, y + h) - 1.5 * cut });
    }
  }
  found.sort((a, b) => b.worth - a.worth);
  const kept: typeof found = [];
  for (const one of found) {
    if (kept.length === most) break;
    if (!kept.some((other) => Math.abs(other.x - one.x) < w && Math.abs(other.y - one.y) < h)) kept.push(one);
  }
  return kept.map((one) => ({ x: (one.x + w / 2) / width, y: (one.y + h / 2) / height }));
}
