import { InvalidInputError, requireNumber } from '#libs/simplex';
import type { Mixtures } from '#libs/surrogates';

/** Measured losses of one target: n rows over u distinct mixtures of m domains. */
export interface ScaleRows {
  /** u mixtures, each of m weights that sum to 1. */
  readonly mixtures: Mixtures;
  /** Position of each row's mixture in `mixtures`. */
  readonly mixtureOf: ArrayLike<number>;
  /** Parameters N of each row's model. */
  readonly sizes: ArrayLike<number>;
  /** Training tokens D seen when the loss was measured. */
  readonly tokens: ArrayLike<number>;
  readonly losses: ArrayLike<number>;
}

/** Throws InvalidInputError SHAPE or OUT_OF_RANGE naming the row. */
export function checkScaleRows(rows: ScaleRows): void {
  const n = rows.losses.length;
  for (const name of ['mixtureOf', 'sizes', 'tokens'] as const) {
    if (rows[name].length !== n || n === 0) {
      throw new InvalidInputError('SHAPE', `${name} has ${rows[name].length} values; the losses have ${n}`, {
        argument: name,
        value: rows[name].length,
        allowed: `${n} values, at least one`,
      });
    }
  }
  const m = rows.mixtures[0]?.length ?? 0;
  rows.mixtures.forEach((mixture, u) => {
    if (mixture.length !== m) {
      throw new InvalidInputError('SHAPE', `mixture ${u} has ${mixture.length} weights, mixture 0 has ${m}`, {
        argument: `mixtures[${u}]`,
      });
    }
    for (let i = 0; i < m; i++) requireNumber(`mixtures[${u}][${i}]`, mixture[i]!, { min: 0, max: 1 });
  });
  for (let r = 0; r < n; r++) {
    requireNumber(`mixtureOf[${r}]`, rows.mixtureOf[r]!, { min: 0, max: rows.mixtures.length - 1, integer: true });
    requireNumber(`sizes[${r}]`, rows.sizes[r]!, { above: 0 });
    requireNumber(`tokens[${r}]`, rows.tokens[r]!, { above: 0 });
    requireNumber(`losses[${r}]`, rows.losses[r]!, { above: 0 });
  }
}

/** The rows at the given positions; the mixtures stay, so that positions keep their meaning. */
export function takeRows(rows: ScaleRows, positions: readonly number[]): ScaleRows {
  const take = (values: ArrayLike<number>) => Float64Array.from(positions, (r) => values[r]!);
  return {
    mixtures: rows.mixtures,
    mixtureOf: take(rows.mixtureOf),
    sizes: take(rows.sizes),
    tokens: take(rows.tokens),
    losses: take(rows.losses),
  };
}
