// Fits the additive or the joint law (scale-law-model.ts) by L-BFGS with bounds from several seeded starts.
// Two sizes cannot tell E from A N^−α, and short runs hardly E from B D^−β: a weak pull holds ln α and ln β near the
// exponents published for language models where the rows do not decide. 0.34 is Hoffmann et al.'s α for parameters,
// 0.28 their β for tokens ("Training compute-optimal large language models", 2022).
// Failure modes: a law that left its last descent unfinished says converged false; a minimum that no start leads to is
// missed without notice.
import { minimise } from '#libs/minimise';
import { createRandom, InvalidInputError, type Random, requireNumber } from '#libs/simplex';
import type { Mixtures } from '#libs/surrogates';
import { PRIOR_SPREAD } from './bootstrap.js';
import {
  logWeights,
  mixtureTerm,
  type ScaleLawForm,
  type ScaleLawLayout,
  scaleFactor,
  scaleLawLayout,
} from './scale-law-model.js';
import { scaleLawObjective } from './scale-law-objective.js';
import { checkScaleRows, type ScaleRows } from './scale-rows.js';

export const PRIOR_ALPHA = 0.34;
export const PRIOR_BETA = 0.28;

export interface ScaleLawOptions {
  readonly form: ScaleLawForm;
  /** Huber's δ: of ln L for 'log' residuals (default), in the unit of the loss for 'raw'. Default 0.001. */
  readonly delta?: number;
  readonly residual?: 'log' | 'raw';
  /** Where α and β are pulled; default 0.34 and 0.28. */
  readonly prior?: { readonly alpha: number; readonly beta: number };
  /** Default 4: each is followed for 300 iterations, then the best to its end. */
  readonly starts?: number;
  /** Of the starts. Default 42. */
  readonly seed?: number;
  /** Default 5000. */
  readonly maxIterations?: number;
  /** Times each row counts; all 1 when left out. */
  readonly counts?: ArrayLike<number>;
  /** A fit on similar rows: its θ is the only start and its pull is kept. */
  readonly warmStart?: ScaleLawFit;
}

export interface ScaleLawFit {
  readonly form: ScaleLawForm;
  readonly layout: ScaleLawLayout;
  /** θ of scale-law-model.ts. */
  readonly theta: Float64Array;
  readonly logSizeReference: number;
  readonly logTokenReference: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  /** Value of the objective at θ. */
  readonly value: number;
  /** Weight of the pull on ln α and ln β. */
  readonly pull: number;
  /** Root mean squared error on the rows. */
  readonly residual: number;
  /** One loss per mixture at N parameters and D tokens. */
  predict(mixtures: Mixtures, size: number, tokens: number): Float64Array;
}

const START_STREAM = 11;
const EXPLORATION = 300;
const FIRST_PULL = 0.1;

interface Bounds {
  lower: Float64Array;
  upper: Float64Array;
}

function boundsOf(layout: ScaleLawLayout, least: number): Bounds {
  const m = layout.domains;
  const lower = new Float64Array(layout.count).fill(-12);
  const upper = new Float64Array(layout.count).fill(6);
  lower[0] = 0;
  upper[0] = least;
  for (let i = 0; i < m; i++) {
    upper[layout.mix + i] = 12;
    lower[layout.logGamma + i] = Math.log(0.01);
    upper[layout.logGamma + i] = Math.log(5);
  }
  for (const at of [layout.logAlpha, layout.logBeta]) {
    lower[at] = Math.log(0.02);
    upper[at] = Math.log(3);
  }
  if (layout.form === 'joint') {
    for (const at of [layout.size + m, layout.data + m]) {
      lower[at] = 0.05;
      upper[at] = 5;
    }
  }
  return { lower, upper };
}

/** A start of plausible size: a third of the least loss is the floor, a tenth of it each of the scale terms. */
function startFor(layout: ScaleLawLayout, least: number, prior: readonly [number, number], random: Random | null) {
  const m = layout.domains;
  const jitter = (spread: number) => (random ? spread * random.normal() : 0);
  const theta = new Float64Array(layout.count);
  theta[0] = least * (random ? 0.1 + 0.7 * random.uniform() : 0.3);
  for (let i = 0; i < m; i++) {
    theta[layout.mix + i] = -Math.log(0.4 * least * m) + jitter(0.5);
    theta[layout.logGamma + i] = Math.log(0.3) + jitter(0.5);
  }
  theta[layout.logAlpha] = prior[0] + jitter(0.3);
  theta[layout.logBeta] = prior[1] + jitter(0.3);
  const amplitude = Math.log(0.1 * least);
  for (const at of [layout.size, layout.data]) {
    const width = layout.form === 'joint' ? m : 1;
    for (let i = 0; i < width; i++) theta[at + i] = amplitude + jitter(0.3);
    if (layout.form === 'joint') theta[at + m] = 1;
  }
  return theta;
}

function meanLog(values: ArrayLike<number>): number {
  let sum = 0;
  for (let r = 0; r < values.length; r++) sum += Math.log(values[r]!) / values.length;
  return sum;
}

/**
 * Fits one target. Throws InvalidInputError SHAPE, OUT_OF_RANGE or TOO_FEW_ROWS (fewer rows than a third of the
 * parameters: with fewer than the parameters it fits, held by its bounds, and `reason` says so).
 */
export function fitScaleLaw(rows: ScaleRows, options: ScaleLawOptions): ScaleLawFit {
  checkScaleRows(rows);
  const layout = scaleLawLayout(options.form, rows.mixtures[0]!.length);
  const n = rows.losses.length;
  if (n * 3 < layout.count) {
    throw new InvalidInputError(
      'TOO_FEW_ROWS',
      `the ${options.form} law has ${layout.count} parameters; ${n} rows are too few`,
      {
        argument: 'rows',
        value: n,
        allowed: `at least ${Math.ceil(layout.count / 3)}`,
      },
    );
  }
  const prior = options.prior ?? { alpha: PRIOR_ALPHA, beta: PRIOR_BETA };
  const logAlpha = Math.log(requireNumber('prior.alpha', prior.alpha, { above: 0 }));
  const logBeta = Math.log(requireNumber('prior.beta', prior.beta, { above: 0 }));
  const warm = options.warmStart;
  // The law's own origin must be that of the warm start, or its θ would mean another law.
  const logSizeReference = warm?.logSizeReference ?? meanLog(rows.sizes);
  const logTokenReference = warm?.logTokenReference ?? meanLog(rows.tokens);
  const residual = options.residual ?? 'log';
  const delta = requireNumber('delta', options.delta ?? 1e-3, { above: 0 });
  const objectiveFor = (pull: number) =>
    scaleLawObjective(layout, rows, {
      delta,
      residual,
      prior: { logAlpha, logBeta, pull },
      counts: options.counts,
      logSizeReference,
      logTokenReference,
    });
  let least = Infinity;
  for (let r = 0; r < n; r++) least = Math.min(least, rows.losses[r]!);
  const starts = requireNumber('starts', options.starts ?? 4, { min: 1, integer: true });
  const maxIterations = requireNumber('maxIterations', options.maxIterations ?? 5000, { min: 1, integer: true });
  const settings = { ...boundsOf(layout, least), memory: 20, valueTolerance: 1e-8 };
  let iterations = 0;
  let start = warm?.theta;
  let pull = warm?.pull ?? FIRST_PULL;
  if (!start) {
    const random = createRandom(options.seed ?? 42, START_STREAM);
    const objective = objectiveFor(pull);
    let lowest = Infinity;
    for (let s = 0; s < starts; s++) {
      const from = startFor(layout, least, [logAlpha, logBeta], s === 0 ? null : random);
      const end = minimise(objective, from, { ...settings, maxIterations: Math.min(EXPLORATION, maxIterations) });
      iterations += end.iterations;
      if (end.value < lowest) [lowest, start] = [end.value, end.x];
    }
    // A prior of ln α ~ N(ln α₀, spread²) weighs noise / (2 spread²) against absolute errors, once per run: the
    // errors of one run's checkpoints are not independent evidence.
    const runs = new Set(Array.from(rows.sizes, (size, r) => `${size} ${rows.mixtureOf[r]}`)).size;
    pull = ((lowest / n) * (n / runs)) / (2 * PRIOR_SPREAD * PRIOR_SPREAD);
  }
  const best = minimise(objectiveFor(pull), start!, { ...settings, maxIterations });
  iterations += best.iterations;
  const theta = best.x;
  const predict = scaleLawFrom({ form: options.form, theta, logSizeReference, logTokenReference }, layout);
  let squares = 0;
  let weight = 0;
  for (let r = 0; r < n; r++) {
    const count = options.counts?.[r] ?? 1;
    const error = predict([rows.mixtures[rows.mixtureOf[r]!]!], rows.sizes[r]!, rows.tokens[r]!)[0]! - rows.losses[r]!;
    squares += count * error * error;
    weight += count;
  }
  const few = n < layout.count ? `; ${n} rows for ${layout.count} parameters` : '';
  return {
    form: options.form,
    layout,
    theta,
    logSizeReference,
    logTokenReference,
    converged: best.converged && few === '',
    reason: best.reason + few,
    iterations,
    value: best.value,
    pull,
    residual: Math.sqrt(squares / weight),
    predict,
  };
}

interface ScaleLawNumbers {
  readonly form: ScaleLawForm;
  readonly theta: Float64Array;
  readonly logSizeReference: number;
  readonly logTokenReference: number;
}

function scaleLawFrom(law: ScaleLawNumbers, layout: ScaleLawLayout): ScaleLawFit['predict'] {
  const { theta } = law;
  const m = layout.domains;
  return (mixtures, size, tokens) => {
    const logs = logWeights(mixtures, m);
    const alpha = Math.exp(theta[layout.logAlpha]!);
    const beta = Math.exp(theta[layout.logBeta]!);
    const bySize = Math.exp(-alpha * (Math.log(requireNumber('size', size, { above: 0 })) - law.logSizeReference));
    const byData = Math.exp(-beta * (Math.log(requireNumber('tokens', tokens, { above: 0 })) - law.logTokenReference));
    return Float64Array.from(mixtures, (mixture, u) => {
      const fixed = theta[0]! + mixtureTerm(layout, theta, logs, u * m);
      const a = scaleFactor(layout, theta, mixture, layout.size);
      const b = scaleFactor(layout, theta, mixture, layout.data);
      return fixed + a * bySize + b * byData;
    });
  };
}
