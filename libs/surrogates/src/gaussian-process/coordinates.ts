// Coordinates in which a loss is smooth: powers of the weights. At 1/2 Euclidean distance is Hellinger's on the simplex;
// at either power below 1 a step from 0 to 0.01 of a domain is longer than one from 0.30 to 0.31, as its effect is.
import type { Mixtures } from '../surrogate.js';

/** w^power. Rounding may leave a weight a little below 0, which counts as 0. */
export function coordinateOf(weight: number, power: number): number {
  if (!(weight > 0)) return 0;
  return power === 0.5 ? Math.sqrt(weight) : Math.exp(power * Math.log(weight));
}

/** The coordinates of the rows chosen, domain after domain: m x n. */
export function coordinatesOf(mixtures: Mixtures, rows: readonly number[], power: number): Float64Array {
  const n = rows.length;
  const m = mixtures[0]!.length;
  const coordinates = new Float64Array(m * n);
  rows.forEach((row, i) => {
    for (let d = 0; d < m; d++) coordinates[d * n + i] = coordinateOf(mixtures[row]![d]!, power);
  });
  return coordinates;
}
