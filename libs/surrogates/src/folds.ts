import { createRandom, InvalidInputError, requireNumber } from '#libs/simplex';
import type { Mixtures } from './surrogate.js';

/** The random stream of fold assignment, apart from every other use of the same seed. */
const FOLD_STREAM = 1;

/** A label per row, equal for rows whose weights agree to 9 decimals (the same mixture run with several seeds). */
export function groupIdenticalMixtures(mixtures: Mixtures): Int32Array {
  const labels = new Map<string, number>();
  return Int32Array.from(mixtures, (row) => {
    const key = Array.from(row, (w) => Math.round(w * 1e9)).join(' ');
    const label = labels.get(key) ?? labels.size;
    labels.set(key, label);
    return label;
  });
}

export interface Folds {
  /** Fold 0 … count-1 of each row. */
  readonly foldOf: Int32Array;
  readonly count: number;
  /** Distinct mixtures. */
  readonly distinct: number;
}

/**
 * Seeded folds of nearly equal size. Rows with the same mixture share a fold, since a copy of a training row would
 * make the held-out score look better than it is. Fewer folds than asked when there are fewer distinct mixtures;
 * throws TOO_FEW_ROWS below two.
 */
export function assignFolds(mixtures: Mixtures, folds: number, seed: number): Folds {
  requireNumber('folds', folds, { min: 2, integer: true });
  const labels = groupIdenticalMixtures(mixtures);
  const sizes: number[] = [];
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  const distinct = sizes.length;
  if (distinct < 2) {
    const had = distinct === 1 ? '1 distinct mixture' : 'no mixture';
    throw new InvalidInputError('TOO_FEW_ROWS', `${had}; at least 2 are needed`, {
      argument: 'mixtures',
      value: distinct,
      allowed: '[2, inf) distinct mixtures',
    });
  }
  const random = createRandom(seed, FOLD_STREAM);
  const order = sizes.map((size, label) => ({ size, label, key: random.uniform() }));
  order.sort((a, b) => b.size - a.size || a.key - b.key);
  const count = Math.min(folds, distinct);
  const rowsIn = new Int32Array(count);
  const foldOfLabel = new Int32Array(distinct);
  for (const { size, label } of order) {
    let smallest = 0;
    for (let f = 1; f < count; f++) if (rowsIn[f]! < rowsIn[smallest]!) smallest = f;
    foldOfLabel[label] = smallest;
    rowsIn[smallest] = rowsIn[smallest]! + size;
  }
  return { foldOf: labels.map((label) => foldOfLabel[label]!), count, distinct };
}
