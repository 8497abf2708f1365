// Feature binning as histogram boosters do it. A value x falls in bin b when bounds[b-1] < x <= bounds[b]; the last
// bin is open above. With at most maxBins distinct values each gets its own bin, bounded half-way to the next;
// with more, neighbours share bins of about equal row counts.
import type { Mixtures } from '../surrogate.js';

export interface BinnedFeatures {
  /** Column-major: codes[f * rows + r]. */
  readonly codes: Uint8Array;
  /** Upper bounds of every bin but the last, ascending, one array per feature. */
  readonly bounds: readonly Float64Array[];
}

/** Weights closer than this are one value: they differ by rounding alone, and a split between them would fit noise. */
const SAME = 1e-12;

function boundsOf(sorted: Float64Array, maxBins: number): Float64Array {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (values.length > 0 && value - values.at(-1)! <= SAME) counts[counts.length - 1]! += 1;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  const bounds: number[] = [];
  let rowsLeft = sorted.length;
  let binsLeft = maxBins;
  let inBin = 0;
  for (let v = 0; v + 1 < values.length; v++) {
    inBin += counts[v]!;
    const roomy = values.length - v <= binsLeft;
    if (roomy || inBin >= rowsLeft / binsLeft) {
      bounds.push(values[v]! + (values[v + 1]! - values[v]!) / 2);
      rowsLeft -= inBin;
      binsLeft -= 1;
      inBin = 0;
      if (binsLeft === 1) break;
    }
  }
  return Float64Array.from(bounds);
}

/** Bins n x m mixtures into at most `maxBins` (2 … 256) bins per feature. */
export function binFeatures(mixtures: Mixtures, domains: number, maxBins: number): BinnedFeatures {
  const n = mixtures.length;
  const codes = new Uint8Array(n * domains);
  const bounds: Float64Array[] = [];
  const column = new Float64Array(n);
  for (let f = 0; f < domains; f++) {
    for (let r = 0; r < n; r++) column[r] = mixtures[r]![f]!;
    const limits = boundsOf(Float64Array.from(column).sort(), maxBins);
    for (let r = 0; r < n; r++) {
      let low = 0;
      let high = limits.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (column[r]! <= limits[middle]!) high = middle;
        else low = middle + 1;
      }
      codes[f * n + r] = low;
    }
    bounds.push(limits);
  }
  return { codes, bounds };
}

/** Per feature, the rows in ascending order of their bin, equals in the order given: out[f * rows + k]. */
export function sortRowsByBin(codes: Uint8Array, rows: number, out: Uint32Array): void {
  const next = new Uint32Array(257);
  for (let first = 0; first < codes.length; first += rows) {
    next.fill(0);
    for (let r = 0; r < rows; r++) next[codes[first + r]! + 1]! += 1;
    for (let b = 1; b < 257; b++) next[b]! += next[b - 1]!;
    for (let r = 0; r < rows; r++) {
      const code = codes[first + r]!;
      out[first + next[code]!] = r;
      next[code]! += 1;
    }
  }
}
