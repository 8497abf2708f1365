// How the error falls with the number of runs. Fits on 1/8, 1/4 and 1/2 of the mixtures, each on two seeded draws, are
// scored on the mixtures left out; the cross-validation adds the last point. A power law rmse = a n^-b through the
// points, by least squares on logarithms, says what more runs would bring. Failure mode: a power law is a guess about
// the future; where the error has reached the noise between seeds, no number of runs lowers it.
import { createRandom } from '#libs/simplex';
import { type Scores, scorePredictions } from '../scores.js';

/** The random stream of the draws, apart from every other use of the same seed. */
const CURVE_STREAM = 5;
const SHARES = [1 / 8, 1 / 4, 1 / 2] as const;
const DRAWS = 2;
/** Fewest mixtures a point is worth making for. */
const MINIMUM_MIXTURES = 8;
/** Slower than this, twice the runs would lower the error by less than 2%. */
const FLAT = 0.03;

export interface LearningCurve {
  /** Fitted on `runs`, scored on the rest; the last point is the cross-validation's. */
  readonly points: readonly { readonly runs: number; readonly rmse: number; readonly spearman: number | null }[];
  /** b of rmse = a n^-b; null with fewer than three points. */
  readonly exponent: number | null;
  /** Runs, beyond those there are, that would lower the error by a tenth; null where the curve is flat or unknown. */
  readonly runsForTenPercent: number | null;
  readonly statement: string;
}

/**
 * @param labels which mixture each row is, 0 … distinct-1: seeds of one mixture are drawn together
 * @param predict predictions of `outside` by a fit on `inside`; null where so few rows cannot be fitted
 */
export function learningCurve(
  losses: ArrayLike<number>,
  labels: Int32Array,
  seed: number,
  last: { readonly runs: number; readonly scores: Scores },
  predict: (inside: number[], outside: number[]) => Float64Array | null,
  onPoint?: (done: number, total: number) => void,
): LearningCurve {
  const distinct = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const sizes = SHARES.map((share) => Math.round(share * distinct)).filter((size) => size >= MINIMUM_MIXTURES);
  const points = sizes.flatMap((size, s) => {
    const scores: Scores[] = [];
    let runs = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      onPoint?.(s * DRAWS + draw, sizes.length * DRAWS);
      const random = createRandom(seed, CURVE_STREAM + s * DRAWS + draw);
      const order = Array.from({ length: distinct }, (_, label) => ({ label, key: random.uniform() }));
      order.sort((a, b) => a.key - b.key);
      const drawn = new Set(order.slice(0, size).map(({ label }) => label));
      const [inside, outside]: [number[], number[]] = [[], []];
      labels.forEach((label, r) => {
        (drawn.has(label) ? inside : outside).push(r);
      });
      const predicted = predict(inside, outside);
      if (predicted === null) continue;
      runs += inside.length;
      scores.push(
        scorePredictions(
          predicted,
          outside.map((r) => losses[r]!),
        ),
      );
    }
    if (scores.length < DRAWS) return [];
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const ranks = scores.map(({ spearman }) => spearman);
    return [
      {
        runs: Math.round(runs / DRAWS),
        rmse: mean(scores.map(({ rmse }) => rmse)),
        spearman: ranks.includes(null) ? null : mean(ranks as number[]),
      },
    ];
  });
  points.push({ runs: last.runs, rmse: last.scores.rmse, spearman: last.scores.spearman });
  return { points, ...extrapolate(points, losses.length) };
}

/**
 * How fast the error still falls at the end: b between the last two points, and no more than over the whole curve,
 * whose first points are steep on any surrogate. 0 where the curve is flat or unknown.
 */
export function currentExponent({ points, exponent }: LearningCurve): number {
  const [before, last] = points.slice(-2);
  if (exponent === null || !before || !last || !(before.rmse > 0) || !(last.rmse > 0)) return 0;
  const local = Math.log(before.rmse / last.rmse) / Math.log(last.runs / before.runs);
  return Math.max(0, Math.min(exponent, local));
}

function extrapolate(
  points: readonly { runs: number; rmse: number }[],
  rows: number,
): Pick<LearningCurve, 'exponent' | 'runsForTenPercent' | 'statement'> {
  const usable = points.filter(({ rmse }) => rmse > 0);
  if (usable.length < 3) {
    return { exponent: null, runsForTenPercent: null, statement: 'too few runs to see how the error falls with them' };
  }
  const x = usable.map(({ runs }) => Math.log(runs));
  const y = usable.map(({ rmse }) => Math.log(rmse));
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope =
    x.reduce((sum, v, i) => sum + (v - mx) * (y[i]! - my), 0) / x.reduce((sum, v) => sum + (v - mx) * (v - mx), 0);
  const exponent = -slope;
  if (!(exponent > FLAT)) {
    return {
      exponent,
      runsForTenPercent: null,
      statement: 'the error no longer falls with more runs: longer or larger proxies would help, more runs would not',
    };
  }
  const more = Math.ceil(rows * (Math.exp(-Math.log(0.9) / exponent) - 1));
  const doubling = 1 - Math.exp(-exponent * Math.log(2));
  return {
    exponent,
    runsForTenPercent: more,
    statement: `the error falls as runs^-${exponent.toFixed(2)}: twice the runs would lower it by ${Math.round(100 * doubling)}%, and a tenth less takes ${more} more runs`,
  };
}
