import { createRandom } from '#libs/simplex';
import { BOOTSTRAP_STREAM, drawClusters, drawPrior, spreadOf } from './bootstrap.js';
import { type HeldOutScores, scoreHeldOut } from './held-out.js';
import {
  continueSizes,
  fitNestedLaw,
  lossesAtTokens,
  type NestedLaw,
  type NestedOptions,
  SIZE_EXPONENT,
  STEP_EXPONENT,
  type TargetRows,
} from './nested-law.js';
import { takeRows } from './scale-rows.js';

export function takeTargetRows(rows: TargetRows, positions: readonly number[]): TargetRows {
  const targetOf = Float64Array.from(positions, (r) => rows.targetOf[r]!);
  return { ...takeRows(rows, positions), targets: rows.targets, targetOf };
}

function positionsWhere(rows: TargetRows, keep: (r: number) => boolean): number[] {
  return Array.from({ length: rows.losses.length }, (_, r) => r).filter(keep);
}

/**
 * Standard deviation of each loss at (N, D) (mixture × target) over refits: size exponents from mixtures drawn with
 * replacement and priors drawn anew, step exponents' priors drawn anew, every loss shifted by the size law's noise.
 */
export function bootstrapNestedLaw(
  rows: TargetRows,
  law: NestedLaw,
  options: NestedOptions,
  count: number,
  seed = 42,
): Float64Array {
  const random = createRandom(seed, BOOTSTRAP_STREAM + 1);
  const targets = rows.targets.length;
  const u = rows.mixtures.length;
  const replicates = Array.from({ length: count }, () => {
    const stepPrior = { exponent: drawPrior(random, options.step?.prior?.exponent ?? STEP_EXPONENT), weight: 1e-3 };
    const sizePrior = { exponent: drawPrior(random, options.sizeLaw?.prior?.exponent ?? SIZE_EXPONENT), weight: 1e-3 };
    const stage =
      law.stepExponents.length > 0
        ? lossesAtTokens(rows, options.tokens, { ...options.step, prior: stepPrior }).losses
        : law.atTokens;
    const noise = law.size?.noise ?? 0;
    const shaken = stage.map((row) => ({ ...row, loss: row.loss + noise * random.normal() }));
    if (!law.size) {
      const losses = new Float64Array(u * targets).fill(Number.NaN);
      for (const { mixture, target, loss } of shaken) losses[mixture * targets + target] = loss;
      return losses;
    }
    const drawn = drawClusters(random, u);
    // A mixture drawn twice stands in the resample as two mixtures with the same losses.
    const resample: typeof shaken = [];
    let copies = 0;
    for (let i = 0; i < u; i++) {
      for (let k = 0; k < drawn[i]!; k++, copies++) {
        for (const row of shaken) if (row.mixture === i) resample.push({ ...row, mixture: copies });
      }
    }
    const source = resample.length > 0 ? resample : shaken;
    const { exponent } = continueSizes(source, targets, u, { ...options.sizeLaw, prior: sizePrior }).law;
    const again = continueSizes(shaken, targets, u, { ...options.sizeLaw, exponents: [exponent, exponent] });
    const losses = new Float64Array(u * targets).fill(Number.NaN);
    for (const { mixture, target } of shaken) {
      const curve = mixture * targets + target;
      losses[curve] = again.extrapolate(curve, options.size);
    }
    return losses;
  });
  return spreadOf(replicates);
}

export interface HeldOutSize {
  /** The largest size, which the fit had not seen, and the sizes it was fitted on. */
  readonly size: number;
  readonly fittedOn: readonly number[];
  readonly tokens: number;
  readonly law: HeldOutScores;
  /** The next smaller size's own losses, taken as they are. */
  readonly baseline: HeldOutScores;
  /** Mean over the targets of the rank correlation over mixtures; null where no target has an order. */
  readonly meanSpearman: number | null;
  readonly baselineMeanSpearman: number | null;
  /** ln of the held-out size over the largest fitted. */
  readonly distance: number;
}

/** Predicts the largest size from the smaller ones. Null with fewer than three sizes at D: two are needed to fit. */
export function holdOutSize(rows: TargetRows, options: NestedOptions, replicates = 0): HeldOutSize | null {
  const measured = lossesAtTokens(rows, options.tokens, options.step).losses;
  const sizes = [...new Set(measured.map(({ size }) => size))].sort((a, b) => a - b);
  if (sizes.length < 3) return null;
  const largest = sizes[sizes.length - 1]!;
  const next = sizes[sizes.length - 2]!;
  const smaller = takeTargetRows(
    rows,
    positionsWhere(rows, (r) => rows.sizes[r]! < largest),
  );
  const asked = { ...options, size: largest };
  const law = fitNestedLaw(smaller, asked);
  const targets = rows.targets.length;
  const spread = replicates > 0 ? bootstrapNestedLaw(smaller, law, asked, replicates) : null;
  const inner = spread ? holdOutSize(smaller, { ...options, size: largest }) : null;
  const before = new Map(
    measured.filter(({ size }) => size === next).map((row) => [row.mixture * targets + row.target, row.loss]),
  );
  const pairs = measured.flatMap(({ size, mixture, target, loss }) => {
    const curve = mixture * targets + target;
    const predicted = law.losses[curve]!;
    const last = before.get(curve);
    if (size !== largest || Number.isNaN(predicted) || last === undefined) return [];
    return [{ target, loss, predicted, last, error: spread ? spread[curve]! : 0 }];
  });
  if (pairs.length === 0) return null;
  const distance = Math.log(largest / next);
  const stretched = inner ? inner.law.rmse * Math.max(1, distance / inner.distance) : 0;
  const observed = pairs.map(({ loss }) => loss);
  const meanOver = (key: 'predicted' | 'last') => {
    const rhos = rows.targets.flatMap((_, v) => {
      const own = pairs.filter(({ target }) => target === v);
      if (own.length < 3) return [];
      const scores = scoreHeldOut(
        own.map((pair) => pair[key]),
        own.map(({ loss }) => loss),
      );
      return scores.spearman === null ? [] : [scores.spearman];
    });
    return rhos.length > 0 ? rhos.reduce((sum, rho) => sum + rho, 0) / rhos.length : null;
  };
  return {
    size: largest,
    fittedOn: sizes.slice(0, -1),
    tokens: options.tokens,
    law: scoreHeldOut(
      pairs.map(({ predicted }) => predicted),
      observed,
      spread && pairs.map(({ error }) => Math.sqrt(error * error + stretched * stretched)),
    ),
    baseline: scoreHeldOut(
      pairs.map(({ last }) => last),
      observed,
    ),
    meanSpearman: meanOver('predicted'),
    baselineMeanSpearman: meanOver('last'),
    distance,
  };
}

export interface HeldOutSteps {
  /** Rows up to this many tokens were fitted. */
  readonly fittedUpTo: number;
  readonly tokens: number;
  readonly law: HeldOutScores;
  /** The last measured loss, taken as it is. */
  readonly baseline: HeldOutScores;
  readonly distance: number;
}

/** Predicts every curve's last loss from those up to two thirds of its tokens. Null where no curve has enough. */
export function holdOutSteps(rows: TargetRows, options: NestedOptions['step'] = {}): HeldOutSteps | null {
  let last = 0;
  for (let r = 0; r < rows.tokens.length; r++) last = Math.max(last, rows.tokens[r]!);
  // The token count that most curves end at: a single longer run must not decide.
  const ends = new Map<string, number>();
  for (let r = 0; r < rows.tokens.length; r++) {
    const key = `${rows.sizes[r]} ${rows.mixtureOf[r]}`;
    ends.set(key, Math.max(ends.get(key) ?? 0, rows.tokens[r]!));
  }
  const sorted = [...ends.values()].sort((a, b) => a - b);
  last = sorted[sorted.length >> 1]!;
  const limit = (2 / 3) * last * (1 + 1e-9);
  const early = takeTargetRows(
    rows,
    positionsWhere(rows, (r) => rows.tokens[r]! <= limit),
  );
  const late = positionsWhere(rows, (r) => Math.abs(rows.tokens[r]! - last) <= 1e-9 * last);
  if (early.losses.length === 0 || late.length === 0) return null;
  const key = (size: number, mixture: number, target: number) => `${size} ${mixture} ${target}`;
  const predicted = new Map(
    lossesAtTokens(early, last, options).losses.map((row) => [key(row.size, row.mixture, row.target), row.loss]),
  );
  const final = new Map<string, { tokens: number; loss: number }>();
  for (let r = 0; r < early.losses.length; r++) {
    const k = key(early.sizes[r]!, early.mixtureOf[r]!, early.targetOf[r]!);
    const known = final.get(k);
    if (!known || known.tokens < early.tokens[r]!) final.set(k, { tokens: early.tokens[r]!, loss: early.losses[r]! });
  }
  const pairs = late.flatMap((r) => {
    const k = key(rows.sizes[r]!, rows.mixtureOf[r]!, rows.targetOf[r]!);
    const mean = predicted.get(k);
    const before = final.get(k);
    return mean === undefined || !before ? [] : [{ mean, before, loss: rows.losses[r]! }];
  });
  if (pairs.length === 0) return null;
  const observed = pairs.map(({ loss }) => loss);
  const fittedUpTo = Math.max(...pairs.map(({ before }) => before.tokens));
  return {
    fittedUpTo,
    tokens: last,
    law: scoreHeldOut(
      pairs.map(({ mean }) => mean),
      observed,
    ),
    baseline: scoreHeldOut(
      pairs.map(({ before }) => before.loss),
      observed,
    ),
    distance: Math.log(last / fittedUpTo),
  };
}
