import type { PairedDifference } from '#libs/contracts';

/** 97.5 % quantile of Student's t for 1 to 19 degrees of freedom: at most 20 seeds are paired. */
const t975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093,
];

/**
 * Mean of a_s − b_s over the seeds s that both have, its standard error s/√n, and the 95 % t-interval.
 * Null below two pairs: one pair says nothing about its own error.
 * @param a, b objective by seed, nats per token
 */
export function pairedDifference(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): PairedDifference | null {
  const differences = [...a].flatMap(([seed, value]) => {
    const other = b.get(seed);
    return other === undefined ? [] : [value - other];
  });
  const n = differences.length;
  if (n < 2) return null;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  const standardError = Math.sqrt(variance / n);
  const t = t975[Math.min(n - 1, t975.length) - 1]!;
  return { mean, standardError, lower95: mean - t * standardError, upper95: mean + t * standardError, pairs: n };
}
