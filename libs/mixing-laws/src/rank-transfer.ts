// How well the order of mixtures at one fidelity holds at another: Spearman's rho over the mixtures measured at both,
// with an interval by Fisher's transform and Fieller's variance, z = artanh(rho) ± 1.645 sqrt(1.06 / (n - 3)).
// Reference: Fieller, Hartley and Pearson (1957).
// Failure modes: below 8 pairs the interval holds nearly everything, and no number is given. A perfect order among n
// mixtures has an infinite z: it counts as half a transposition away from perfect. Mixtures measured only where a run
// was not stopped are the better ones, whose order is harder to keep: rho is then too low, not too high.
import { spearman } from '#libs/surrogates';
import { HALF_90 } from './final-losses.js';

export interface RankTransferEstimate {
  /** Mixtures measured at both. */
  readonly pairs: number;
  /** Null with too few pairs, or where one side has no order. */
  readonly spearman: number | null;
  readonly lower90: number | null;
  readonly upper90: number | null;
}

export const PAIRS_NEEDED = 8;

/** @param small, large losses of the same mixtures in the same order; what is not finite was not measured there */
export function rankTransfer(small: ArrayLike<number>, large: ArrayLike<number>): RankTransferEstimate {
  const both = Array.from({ length: Math.min(small.length, large.length) }, (_, i) => i).filter(
    (i) => Number.isFinite(small[i]!) && Number.isFinite(large[i]!),
  );
  const n = both.length;
  const none = { pairs: n, spearman: null, lower90: null, upper90: null };
  if (n < PAIRS_NEEDED) return none;
  const rho = spearman(
    both.map((i) => small[i]!),
    both.map((i) => large[i]!),
  );
  if (rho === null) return none;
  const most = 1 - 6 / (n * (n * n - 1));
  const held = Math.max(-most, Math.min(most, rho));
  const z = 0.5 * Math.log((1 + held) / (1 - held));
  const half = HALF_90 * Math.sqrt(1.06 / (n - 3));
  return { pairs: n, spearman: rho, lower90: tangent(z - half), upper90: rho === 1 ? 1 : tangent(z + half) };
}

function tangent(z: number): number {
  const e = Math.exp(-2 * Math.abs(z));
  return (z < 0 ? -1 : 1) * ((1 - e) / (1 + e));
}
