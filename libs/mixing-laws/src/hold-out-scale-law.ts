// What the additive or joint law would have said about measurements it has not seen.
//   size      with three sizes or more: the largest is predicted from the others
//   tokens    with two: the last third of the largest size's tokens, from its earlier ones and the smaller sizes
//   mixtures  a fifth of the mixtures, at all scales, from the others
import { createRandom, sampleWithoutReplacement } from '#libs/simplex';
import { fitScaleLaw, type ScaleLawOptions } from './fit-scale-law.js';
import { type HeldOutScores, scoreHeldOut } from './held-out.js';
import { type ScaleRows, takeRows } from './scale-rows.js';
import { shortNumber } from './short-number.js';

export interface ScaleLawHeldOut {
  readonly what: 'size' | 'tokens' | 'mixtures';
  /** In words: what was held out, predicted from what. */
  readonly description: string;
  readonly law: HeldOutScores;
  /** What the law has to beat, in words, and its scores. */
  readonly baseline: HeldOutScores & { readonly rule: string };
  /** ln of the held-out scale over the largest fitted one, along the held-out axis; 0 for mixtures. */
  readonly distance: number;
}

const FOLD_STREAM = 14;
const SHORT: Partial<ScaleLawOptions> = { starts: 2, maxIterations: 1000 };

type Baseline = (r: number) => number;

function evaluate(
  rows: ScaleRows,
  options: ScaleLawOptions,
  inside: readonly number[],
  outside: readonly number[],
  baseline: Baseline,
): { law: HeldOutScores; baseline: HeldOutScores } | null {
  const usable = outside.filter((r) => !Number.isNaN(baseline(r)));
  if (usable.length < 2 || inside.length < 10) return null;
  const law = fitScaleLaw(takeRows(rows, inside), { ...options, ...SHORT });
  const predicted = usable.map(
    (r) => law.predict([rows.mixtures[rows.mixtureOf[r]!]!], rows.sizes[r]!, rows.tokens[r]!)[0]!,
  );
  const observed = usable.map((r) => rows.losses[r]!);
  return { law: scoreHeldOut(predicted, observed), baseline: scoreHeldOut(usable.map(baseline), observed) };
}

/** The loss, among `inside` rows that `match`, measured at the token count nearest to `tokens` in ln D; NaN if none. */
function nearestLoss(
  rows: ScaleRows,
  inside: readonly number[],
  match: (r: number) => boolean,
  tokens: number,
): number {
  let best = Number.NaN;
  let nearest = Infinity;
  for (const r of inside) {
    if (!match(r)) continue;
    const distance = Math.abs(Math.log(rows.tokens[r]! / tokens));
    if (distance < nearest) {
      nearest = distance;
      best = rows.losses[r]!;
    }
  }
  return best;
}

function holdOutScale(rows: ScaleRows, options: ScaleLawOptions): ScaleLawHeldOut | null {
  const sizes = [...new Set(Array.from(rows.sizes))].sort((a, b) => a - b);
  const all = Array.from({ length: rows.losses.length }, (_, r) => r);
  const largest = sizes[sizes.length - 1]!;
  const sameMixture = (r: number) => (k: number) => rows.mixtureOf[k] === rows.mixtureOf[r];
  if (sizes.length >= 3) {
    const next = sizes[sizes.length - 2]!;
    const inside = all.filter((r) => rows.sizes[r]! < largest);
    const below = inside.filter((r) => rows.sizes[r] === next);
    const result = evaluate(
      rows,
      options,
      inside,
      all.filter((r) => rows.sizes[r] === largest),
      (r) => nearestLoss(rows, below, sameMixture(r), rows.tokens[r]!),
    );
    return (
      result && {
        what: 'size',
        description: `${shortNumber(largest)} parameters, from the smaller sizes`,
        law: result.law,
        baseline: { ...result.baseline, rule: `the mixture's loss at ${shortNumber(next)} parameters` },
        distance: Math.log(largest / next),
      }
    );
  }
  let last = 0;
  for (const r of all) if (rows.sizes[r] === largest) last = Math.max(last, rows.tokens[r]!);
  const isLate = (r: number) => rows.sizes[r] === largest && rows.tokens[r]! > (2 / 3) * last;
  const inside = all.filter((r) => !isLate(r));
  const early = inside.filter((r) => rows.sizes[r] === largest);
  if (early.length === 0) return null;
  const result = evaluate(rows, options, inside, all.filter(isLate), (r) =>
    nearestLoss(rows, early, sameMixture(r), rows.tokens[r]!),
  );
  const upTo = early.reduce((most, r) => Math.max(most, rows.tokens[r]!), 0);
  return (
    result && {
      what: 'tokens',
      description: `${shortNumber(largest)} parameters after ${shortNumber(upTo)} tokens, from all earlier losses`,
      law: result.law,
      baseline: { ...result.baseline, rule: 'the last earlier loss' },
      distance: Math.log(last / upTo),
    }
  );
}

function holdOutMixtures(rows: ScaleRows, options: ScaleLawOptions): ScaleLawHeldOut | null {
  const u = rows.mixtures.length;
  const count = Math.floor(u / 5);
  if (count === 0) return null;
  const random = createRandom(options.seed ?? 42, FOLD_STREAM);
  const held = new Set(sampleWithoutReplacement(random, u, count));
  const all = Array.from({ length: rows.losses.length }, (_, r) => r);
  const inside = all.filter((r) => !held.has(rows.mixtureOf[r]!));
  const means = new Map<string, { sum: number; count: number }>();
  const key = (r: number) => `${rows.sizes[r]} ${rows.tokens[r]}`;
  for (const r of inside) {
    const known = means.get(key(r)) ?? { sum: 0, count: 0 };
    means.set(key(r), { sum: known.sum + rows.losses[r]!, count: known.count + 1 });
  }
  const result = evaluate(
    rows,
    options,
    inside,
    all.filter((r) => held.has(rows.mixtureOf[r]!)),
    (r) => {
      const mean = means.get(key(r));
      return mean ? mean.sum / mean.count : Number.NaN;
    },
  );
  return (
    result && {
      what: 'mixtures',
      description: `${count} of ${u} mixtures at all scales, from the others`,
      law: result.law,
      baseline: { ...result.baseline, rule: 'the mean of the other mixtures at the same scale' },
      distance: 0,
    }
  );
}

/** Held-out scores of the law along scale and over mixtures; what cannot be held out is left out of the list. */
export function holdOutScaleLaw(rows: ScaleRows, options: ScaleLawOptions): ScaleLawHeldOut[] {
  return [holdOutScale(rows, options), holdOutMixtures(rows, options)].filter((part) => part !== null);
}

/**
 * The error that a prediction at (N, D) must allow for beyond the replicates' spread: what was held out along scale,
 * stretched where the prediction lies further from the fitted rows than the test did. 0 inside the fitted scales.
 */
export function heldOutError(
  rows: ScaleRows,
  heldOut: readonly ScaleLawHeldOut[],
  size: number,
  tokens: number,
): number {
  const test = heldOut.find(({ what }) => what !== 'mixtures');
  if (!test) return 0;
  let [largest, longest] = [0, 0];
  for (let r = 0; r < rows.losses.length; r++) {
    largest = Math.max(largest, rows.sizes[r]!);
    longest = Math.max(longest, rows.tokens[r]!);
  }
  const beyondSize = Math.max(0, Math.log(size / largest));
  const beyondTokens = Math.max(0, Math.log(tokens / longest));
  if (beyondSize < 1e-9 && beyondTokens < 1e-9) return 0;
  const along = test.what === 'size' ? beyondSize : beyondTokens;
  return test.law.rmse * Math.max(1, along / test.distance);
}
