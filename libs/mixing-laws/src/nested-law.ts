// Steps, then sizes: losses of the trained mixtures at N parameters and D tokens, from runs of several smaller sizes.
//   step law   per (size, mixture): L(D') of every target with one exponent, continued to D      (continue-curves.ts)
//   size law   per (mixture, target): L(N') at D over the sizes, one exponent for all, continued to N
//   mixture law  any surrogate of libs/surrogates, fitted by the caller on the losses found here
// Reference: Ye et al., "Data mixing laws" (2024), pipeline of step, size and mixture laws.
// Failure modes: a curve with fewer than 3 token counts cannot be continued to another D; it is left out and counted.
// Two sizes do not determine the exponent of size: the pull decides, `size.exponentDetermined` is false.
import { InvalidInputError, requireNumber } from '#libs/simplex';
import { type ContinuedCurves, continueCurves } from './continue-curves.js';
import type { PowerLawOptions } from './power-law.js';
import { checkScaleRows, type ScaleRows } from './scale-rows.js';
import { shortNumber } from './short-number.js';

/** Rows of several targets. */
export interface TargetRows extends ScaleRows {
  readonly targets: readonly string[];
  /** Position of each row's target in `targets`. */
  readonly targetOf: ArrayLike<number>;
}

export interface NestedOptions {
  /** N, and D. */
  readonly size: number;
  readonly tokens: number;
  readonly step?: PowerLawOptions;
  /** Default prior: exponent 0.34 (Hoffmann et al. 2022). */
  readonly sizeLaw?: PowerLawOptions;
}

export interface NestedLaw {
  /** Loss at (N, D) of mixture u and target v at u * targets + v; NaN where it was not reached. */
  readonly losses: Float64Array;
  /** Exponents of the step laws that were needed, one per (size, mixture); empty when all sizes were measured at D. */
  readonly stepExponents: readonly number[];
  /** The size law; null where only one size was given and N is that size. */
  readonly size: ContinuedCurves | null;
  /** Loss per size, mixture and target at D, before the size law. */
  readonly atTokens: readonly SizedLoss[];
  /** Curves with too few token counts to be continued to D. */
  readonly leftOut: number;
  readonly converged: boolean;
  readonly reason: string;
}

export interface SizedLoss {
  readonly size: number;
  readonly mixture: number;
  readonly target: number;
  readonly loss: number;
}

/** Token counts a curve needs before it is continued. */
export const MINIMUM_STEPS = 3;
/** Where the exponents are pulled: tokens as in Ye et al.'s starts, parameters as in Hoffmann et al. (2022). */
export const STEP_EXPONENT = 0.5;
export const SIZE_EXPONENT = 0.34;
const SIZE_PRIOR = { exponent: SIZE_EXPONENT, weight: 1e-3 };

function equal(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(a, b);
}

export interface StepStage {
  readonly losses: readonly SizedLoss[];
  readonly exponents: readonly number[];
  readonly leftOut: number;
  readonly converged: boolean;
}

/** The loss of every (size, mixture, target) at D tokens: measured where it was, else continued along its step law. */
export function lossesAtTokens(rows: TargetRows, tokens: number, options: PowerLawOptions = {}): StepStage {
  const runs = new Map<string, number[]>();
  for (let r = 0; r < rows.losses.length; r++) {
    const key = `${rows.sizes[r]} ${rows.mixtureOf[r]}`;
    const list = runs.get(key);
    if (list) list.push(r);
    else runs.set(key, [r]);
  }
  const losses: SizedLoss[] = [];
  const exponents: number[] = [];
  let leftOut = 0;
  let converged = true;
  for (const members of runs.values()) {
    const at = { size: rows.sizes[members[0]!]!, mixture: rows.mixtureOf[members[0]!]! };
    const open: number[][] = [];
    for (const [target, list] of groupBy(members, (r) => rows.targetOf[r]!)) {
      const measured = list.filter((r) => equal(rows.tokens[r]!, tokens));
      if (measured.length > 0) {
        const loss = measured.reduce((sum, r) => sum + rows.losses[r]!, 0) / measured.length;
        losses.push({ ...at, target, loss });
      } else if (new Set(list.map((r) => rows.tokens[r]!)).size >= MINIMUM_STEPS) open.push(list);
      else leftOut++;
    }
    if (open.length === 0) continue;
    const flat = open.flat();
    const curves = open.flatMap((list, c) => list.map(() => c));
    const continued = continueCurves(
      { scales: flat.map((r) => rows.tokens[r]!), curves, losses: flat.map((r) => rows.losses[r]!) },
      options,
    );
    exponents.push(continued.law.exponent);
    converged &&= continued.law.converged;
    open.forEach((list, c) => {
      losses.push({ ...at, target: rows.targetOf[list[0]!]!, loss: continued.extrapolate(c, tokens) });
    });
  }
  return { losses, exponents, leftOut, converged };
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}

/** Continues losses per size to N. `curves` gives the curve of each loss, `pools` the target of each curve. */
export function continueSizes(
  losses: readonly SizedLoss[],
  targets: number,
  mixtures: number,
  options: PowerLawOptions = {},
): ContinuedCurves {
  return continueCurves(
    {
      scales: losses.map(({ size }) => size),
      curves: losses.map(({ mixture, target }) => mixture * targets + target),
      losses: losses.map(({ loss }) => loss),
    },
    {
      prior: SIZE_PRIOR,
      ...options,
      pools: Array.from({ length: mixtures * targets }, (_, c) => c % targets),
    },
  );
}

/** Throws InvalidInputError SHAPE, OUT_OF_RANGE, or SIZES_TOO_FEW (one size, and N is another). */
export function fitNestedLaw(rows: TargetRows, options: NestedOptions): NestedLaw {
  checkScaleRows(rows);
  const size = requireNumber('size', options.size, { above: 0 });
  const tokens = requireNumber('tokens', options.tokens, { above: 0 });
  const stage = lossesAtTokens(rows, tokens, options.step);
  if (stage.losses.length === 0) {
    throw new InvalidInputError(
      'STEPS_TOO_FEW',
      `no run was measured at ${shortNumber(tokens)} tokens or at ${MINIMUM_STEPS} token counts from which to continue to it`,
      { argument: 'tokens', value: tokens },
    );
  }
  const sizes = [...new Set(stage.losses.map((row) => row.size))];
  const count = rows.targets.length;
  const losses = new Float64Array(rows.mixtures.length * count).fill(Number.NaN);
  if (sizes.length === 1 && equal(sizes[0]!, size)) {
    for (const { mixture, target, loss } of stage.losses) losses[mixture * count + target] = loss;
    const { exponents, leftOut, converged } = stage;
    const reason = 'all runs have the size asked for: no size law was needed';
    return { losses, stepExponents: exponents, size: null, atTokens: stage.losses, leftOut, converged, reason };
  }
  if (sizes.length === 1) {
    throw new InvalidInputError(
      'SIZES_TOO_FEW',
      `all runs at ${shortNumber(tokens)} tokens have ${shortNumber(sizes[0]!)} parameters: a size law needs two sizes`,
      { argument: 'size', value: size, allowed: 'runs of at least two sizes' },
    );
  }
  const law = continueSizes(stage.losses, count, rows.mixtures.length, options.sizeLaw);
  for (const { mixture, target } of stage.losses) {
    losses[mixture * count + target] = law.extrapolate(mixture * count + target, size);
  }
  return {
    losses,
    stepExponents: stage.exponents,
    size: law,
    atTokens: stage.losses,
    leftOut: stage.leftOut,
    converged: stage.converged && law.law.converged,
    reason: law.law.reason,
  };
}
