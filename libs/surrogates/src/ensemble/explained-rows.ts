import { medianOf } from '../median.js';

/** In robust standard deviations of the least error a row gets from any member. */
const MISSED_BY_ALL = 6;

/**
 * The rows that at least one member comes near to. A row that even the best member misses by far (a diverged run, a
 * wrong join) says nothing about which member is better and would outweigh all others.
 * @param errors K arrays of n out-of-fold errors
 * @param rows rows to choose from
 */
export function explainedRows(errors: readonly Float64Array[], rows: readonly number[]): readonly number[] {
  const least = rows.map((r) => errors.reduce((best, e) => Math.min(best, Math.abs(e[r]!)), Infinity));
  const limit = (MISSED_BY_ALL / 0.6745) * medianOf(least);
  const kept = rows.filter((_, k) => least[k]! <= limit);
  // Where most rows are met exactly, the median says nothing about the others.
  return limit > 0 ? kept : rows;
}
