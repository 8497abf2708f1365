// The trade-off between the predicted objective and staying near the natural mixture: the least of base + lambda KL for
// every lambda is the lower convex hull of the points (KL, base). It is found by its chords (Cohon 1978, noninferior
// set estimation): between two neighbours A and B the strength at which they are equally good,
//   lambda = (base_B - base_A) / (KL_A - KL_B),
// is minimised from both and from between them. What is lower lies below the chord and comes between them; if nothing
// is, the chord is the hull. The widest gap is split first, so that the points are as distinct as the hull allows.
// Every mixture found for one lambda is a candidate for all, so that along the curve the objective never falls and the
// divergence never rises, as it must be for the true optima.
import { totalVariation } from '#libs/simplex';
import type { ResolvedConstraints } from './constraints.js';
import { klDivergence } from './kl-divergence.js';
import { keepAboveMinimum, respectsMinimum } from './minimum-nonzero.js';
import type { ObjectiveModel } from './objective-model.js';
import type { Optimised } from './optimise.js';

/** Strengths minimised between the ends. */
const SPLITS = 8;
/** Mixtures that differ in less of the weight are one point of the curve. */
const DISTINCT = 0.01;
/** The last strength, as a multiple of the largest that a chord asked for: all but natural. */
const END = 10;
/** An improvement below this share of the value is rounding. */
const TIE = 1e-9;

export interface TradeOffMixture {
  readonly klStrength: number;
  readonly weights: Float64Array;
  readonly kl: number;
  /** What was minimised, without the pull. */
  readonly base: number;
}

export interface TradeOff {
  readonly points: readonly TradeOffMixture[];
  /** A mixture found on the way that beats the proposal at its own strength; null where none does. */
  readonly better: Float64Array | null;
}

interface Point {
  readonly weights: Float64Array;
  readonly base: number;
  readonly kl: number;
}

const at = ({ base, kl }: Point, lambda: number) => base + lambda * kl;

/** The points below every chord, in order of falling divergence: the optima for some lambda >= 0. */
function lowerHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.base - b.base || a.kl - b.kl);
  const hull: Point[] = [];
  for (const point of sorted) {
    const last = hull.at(-1);
    if (last && point.kl >= last.kl) continue;
    while (hull.length > 1) {
      const [a, b] = [hull.at(-2)!, hull.at(-1)!];
      if ((b.base - a.base) * (a.kl - point.kl) < (point.base - a.base) * (a.kl - b.kl)) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

/** The curve through the proposal, from no pull to natural to one that all but fixes it. */
export function tradeOffCurve(
  names: readonly string[],
  model: ObjectiveModel,
  constraints: ResolvedConstraints,
  found: Optimised,
): TradeOff {
  const { prior, set, minimumNonzero, limits } = constraints;
  const own = model.objective.klStrength;
  const toPoint = (weights: Float64Array): Point => ({
    weights,
    base: model.base([weights])[0]!,
    kl: klDivergence(weights, prior),
  });
  const search = (lambda: number, starts: readonly Float64Array[]): Point | null => {
    const { weights } = found.again(set, lambda, starts);
    if (respectsMinimum(weights, minimumNonzero)) return toPoint(weights);
    const kept = keepAboveMinimum(
      names,
      limits,
      minimumNonzero,
      weights,
      (within, start) => found.again(within, lambda, [start]),
      false,
    );
    return kept && toPoint(kept.weights);
  };
  const proposal = toPoint(found.weights);
  const points: Point[] = [proposal];
  const strengths = [own];
  const tryAt = (lambda: number, starts: readonly Float64Array[]): Point | null => {
    const point = search(lambda, starts);
    if (point) points.push(point);
    strengths.push(lambda);
    return point;
  };
  if (own > 0) tryAt(0, [found.weights]);
  const natural = set.projectKl(prior);
  const anchor = respectsMinimum(natural, minimumNonzero)
    ? toPoint(natural)
    : search(Number.MAX_SAFE_INTEGER, [natural]);
  if (anchor) points.push(anchor);
  const closed = new Set<Point>();
  for (let split = 0; split < SPLITS; split++) {
    const hull = lowerHull(points);
    let widest: readonly [Point, Point] | null = null;
    for (let k = 1; k < hull.length; k++) {
      const pair = [hull[k - 1]!, hull[k]!] as const;
      if (closed.has(pair[0]) && closed.has(pair[1])) continue;
      const gap = totalVariation(pair[0].weights, pair[1].weights);
      if (gap > (widest ? totalVariation(widest[0].weights, widest[1].weights) : 2 * DISTINCT)) widest = pair;
    }
    if (!widest) break;
    const [a, b] = widest;
    const lambda = Number(((b.base - a.base) / (a.kl - b.kl)).toPrecision(3));
    const between = [0.25, 0.5, 0.75].map((share) => a.weights.map((w, i) => (1 - share) * w + share * b.weights[i]!));
    const c = tryAt(lambda, [a.weights, b.weights, ...between]);
    if (!c || at(c, lambda) >= Math.min(at(a, lambda), at(b, lambda)) - TIE * Math.abs(at(a, lambda))) {
      closed.add(a).add(b);
    }
  }
  const strongest = Math.max(...strengths);
  if (anchor && strongest > 0) tryAt(Number((END * strongest).toPrecision(2)), [anchor.weights]);

  const rival = points.reduce((best, point) => (at(point, own) < at(best, own) ? point : best), proposal);
  const improved = at(proposal, own) - at(rival, own) > TIE * Math.abs(at(proposal, own));
  // A rival counts only where the proposal gives way to it: a curve that dips under the proposal would be no curve.
  const better = improved && minimumNonzero === 0 && found.report.used === 'gradient' ? rival : null;
  const centre = better ?? proposal;
  const admitted = points.filter((point) => point === centre || at(point, own) >= at(centre, own));
  const curve: { klStrength: number; point: Point }[] = [];
  for (const klStrength of [...new Set(strengths)].sort((x, y) => x - y)) {
    const point =
      klStrength === own ? centre : admitted.reduce((best, p) => (at(p, klStrength) < at(best, klStrength) ? p : best));
    const last = curve.at(-1);
    if (last && klStrength !== own && totalVariation(last.point.weights, point.weights) < DISTINCT) continue;
    curve.push({ klStrength, point });
  }
  return {
    points: curve.map(({ klStrength, point }) => ({ klStrength, ...point })),
    better: better?.weights ?? null,
  };
}
