/** One-sided chance of passing the test without any signal. */
export const SIGNAL_LEVEL = 0.01;

/** The z that a standard normal exceeds with probability p <= 0.5 (Abramowitz & Stegun 26.2.23, error below 4.5e-4). */
function upperNormal(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}

export interface Signal {
  readonly present: boolean;
  readonly reason: string;
  /** The out-of-fold Spearman that had to be exceeded; null where no test was possible. */
  readonly threshold: number | null;
}

/**
 * The Spearman correlation over n independent mixtures that chance exceeds in 1% of cases: Fisher's transform with
 * Fieller's standard error, tanh(z sqrt(1.06 / (n - 3))). Where the best of several candidates is tested, each gets
 * its share of the 1%. Infinity for n < 5.
 */
export function chanceSpearman(n: number, candidates = 1): number {
  if (n < 5) return Infinity;
  const z = upperNormal(SIGNAL_LEVEL / candidates) * Math.sqrt(1.06 / (n - 3));
  const e = Math.exp(2 * z);
  return (e - 1) / (e + 1);
}

/**
 * Whether out-of-fold predictions rank the mixtures better than chance. n counts distinct mixtures, not rows: seeds
 * of one mixture are no independent evidence. Out-of-fold predictions are made of the other rows' losses, so on noise
 * their Spearman spreads more widely than that of unrelated numbers (0.35 against 0.26 for a stack on 16 mixtures of 17
 * domains): candidates count. On pure noise `auto` passes in 0 to 3% of cases, one surrogate in 0 to 3.5% (16 to 64
 * mixtures, 4 and 17 domains).
 * @param candidates how many surrogates the tested one was chosen or stacked from
 */
export function testSignal(spearman: number | null, distinct: number, constantTarget: boolean, candidates = 1): Signal {
  if (constantTarget) return { present: false, reason: 'no signal: the target is constant', threshold: null };
  const threshold = chanceSpearman(distinct, candidates);
  if (threshold === Infinity) {
    const reason = `no signal: ${distinct} distinct mixtures are too few to tell from chance (5 are needed)`;
    return { present: false, reason, threshold: null };
  }
  if (spearman === null) {
    return { present: false, reason: 'no signal: the out-of-fold predictions are constant', threshold };
  }
  const shown = `out-of-fold Spearman ${spearman.toFixed(3)}`;
  const among = candidates > 1 ? ` and ${candidates} surrogates to weigh` : '';
  const against = `${threshold.toFixed(3)}, what chance reaches in 1% of cases with ${distinct} mixtures${among}`;
  return spearman > threshold
    ? { present: true, reason: `${shown} exceeds ${against}`, threshold }
    : { present: false, reason: `no signal: ${shown} does not exceed ${against}`, threshold };
}
