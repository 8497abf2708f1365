import { checkRows } from '../check-rows.js';
import type { Mixtures } from '../surrogate.js';

/** The rows of a fit, with what every law wants to know about them. */
export interface LawData {
  /** n mixtures; for the fit itself, as the law has prepared them. */
  readonly rows: readonly Float64Array[];
  readonly losses: Float64Array;
  readonly domains: number;
  /** Mean weight of each domain. */
  readonly meanWeights: Float64Array;
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
  /** Standard deviation of the losses: the unit in which residuals are judged. 1 for a constant target. */
  readonly spread: number;
}

/**
 * Checks and copies.
 * @param minimumRows fewest rows for m domains
 * Throws TOO_FEW_ROWS, SHAPE or NOT_FINITE.
 */
export function readLawData(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  minimumRows: (domains: number) => number,
): LawData {
  const domains = checkRows(mixtures, losses, Math.max(1, minimumRows(mixtures[0]?.length ?? 0)));
  const n = mixtures.length;
  const rows = mixtures.map((row) => Float64Array.from(row));
  const meanWeights = new Float64Array(domains);
  for (const row of rows) for (let i = 0; i < domains; i++) meanWeights[i] = meanWeights[i]! + row[i]! / n;
  const y = Float64Array.from(losses);
  const mean = y.reduce((sum, v) => sum + v / n, 0);
  const variance = y.reduce((sum, v) => sum + ((v - mean) * (v - mean)) / n, 0);
  const deviation = Math.sqrt(variance);
  return {
    rows,
    losses: y,
    domains,
    meanWeights,
    mean,
    least: y.reduce((a, b) => Math.min(a, b)),
    greatest: y.reduce((a, b) => Math.max(a, b)),
    spread: deviation > 1e-12 * Math.max(Math.abs(mean), 1e-300) ? deviation : 1,
  };
}
