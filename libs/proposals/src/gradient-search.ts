// Local search from many starts for any surrogate: it needs predictions alone, and all the starts share each batch.
//   slopes   D_i = (f((1 - h) p + h e_i) - f(p)) / h, the derivative towards each domain: always a mixture, and equal
//            to the gradient up to a constant, which no step along the simplex can tell. h follows the step size, from
//            steps that see over the stairs of trees down to those of a smooth surface
//   steps    Euclidean (projected gradient) and entropic (mirror descent) at several lengths, each brought into the
//            constraints; the probes themselves as well, where they are inside. The best that improves is taken
//   size     grows when the longest step won, shrinks when nothing improved; a start ends when it is tiny, or when ten
//            iterations together brought next to nothing
// After some rounds only the best starts go on. Failure modes: finds local minima; on the kinks of a worst case it may
// stop early, for which starts from different places are the remedy.
import { type FeasibleSet, totalVariation } from '#libs/simplex';

export interface GradientSearchSettings {
  readonly iterations: number;
  /** Starts that go on after `screening` iterations. */
  readonly kept: number;
  readonly screening: number;
  /** First step size, in weight. */
  readonly radius: number;
}

export const DEFAULT_GRADIENT: GradientSearchSettings = { iterations: 100, kept: 3, screening: 6, radius: 0.08 };

export interface GradientResult {
  readonly weights: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** Whether the kept starts all ended because no step improved, rather than by the count of iterations. */
  readonly converged: boolean;
  readonly reason: string;
}

interface State {
  p: Float64Array;
  value: number;
  radius: number;
  /** Values at the end of the last iterations, oldest first. */
  past: number[];
}

/** A step need not end at the nearest point of the set. */
const SWEEPS = 30;
const SMALLEST = 2e-4;
const LENGTHS = [0.25, 1, 3] as const;
/** The longest probe: further away a slope says little about here. */
const LONGEST_PROBE = 0.03;
/** Improvements below this share of the value are rounding. */
const TIE = 1e-12;
/** A start ends when so many iterations together improved by less than this share of the value. */
const PATIENCE = 10;
const LITTLE = 3e-6;

/** Steps from p against the slopes, inside the set. */
function steps(set: FeasibleSet, p: Float64Array, slopes: Float64Array, radius: number): Float64Array[] {
  let mean = 0;
  for (let i = 0; i < p.length; i++) mean += p[i]! * slopes[i]!;
  let [norm, steepest] = [0, 0];
  const centred = slopes.map((d) => d - mean);
  for (const d of centred) {
    norm += d * d;
    steepest = Math.max(steepest, Math.abs(d));
  }
  if (!(steepest > 0) || !Number.isFinite(steepest)) return [];
  const flat = Math.sqrt(norm);
  return LENGTHS.flatMap((length) => {
    const step = length * radius;
    const euclidean = p.map((w, i) => w - (step * centred[i]!) / flat);
    // A trace lets a domain at 0 come back, which scaling alone cannot.
    const entropic = p.map((w, i) => (w + 1e-6) * Math.exp(-(10 * step * centred[i]!) / steepest));
    return [set.projectEuclidean(euclidean, SWEEPS), set.projectKl(entropic, SWEEPS)];
  });
}

/**
 * The lowest point found from `starts`, mixtures inside `set`.
 * @param evaluate value per mixture, lower is better; any mixture may be asked
 */
export function gradientSearch(
  set: FeasibleSet,
  starts: readonly ArrayLike<number>[],
  evaluate: (rows: readonly Float64Array[]) => Float64Array,
  settings: GradientSearchSettings = DEFAULT_GRADIENT,
): GradientResult {
  const distinct: Float64Array[] = [];
  for (const start of starts) {
    const inside = set.settle(Float64Array.from(start));
    if (distinct.every((other) => totalVariation(other, inside) > 1e-6)) distinct.push(inside);
  }
  let evaluations = distinct.length;
  const first = evaluate(distinct);
  let states = distinct.map((p, s): State => ({ p, value: first[s]!, radius: settings.radius, past: [] }));
  const ended: State[] = [];
  let iterations = 0;
  const { free } = set;
  while (states.length > 0 && iterations < settings.iterations && free.length > 1) {
    iterations += 1;
    const probes = states.map(({ p, radius }) => {
      const h = Math.min(radius, LONGEST_PROBE);
      return free.map((i) => p.map((w, j) => (1 - h) * w + (i === j ? h : 0)));
    });
    const probed = evaluate(probes.flat());
    evaluations += probed.length;
    const tries = states.map(({ p, value, radius }, s) => {
      const h = Math.min(radius, LONGEST_PROBE);
      const slopes = new Float64Array(set.size);
      free.forEach((i, k) => {
        slopes[i] = (probed[s * free.length + k]! - value) / h;
      });
      return steps(set, p, slopes, radius);
    });
    const tried = evaluate(tries.flat());
    evaluations += tried.length;
    let at = 0;
    states = states.filter((state, s) => {
      let best: { p: Float64Array; value: number; length: number } | null = null;
      const consider = (p: Float64Array, value: number, length: number) => {
        if (value < (best?.value ?? state.value - TIE * Math.abs(state.value))) best = { p, value, length };
      };
      tries[s]!.forEach((p, k) => {
        consider(p, tried[at + k]!, LENGTHS[k >> 1]!);
      });
      at += tries[s]!.length;
      probes[s]!.forEach((p, k) => {
        const value = probed[s * free.length + k]!;
        if (value < (best?.value ?? state.value) && set.contains(p, 1e-12)) consider(p, value, 1);
      });
      const winner = best as { p: Float64Array; value: number; length: number } | null;
      if (winner) {
        const factor = winner.length > 1 ? 2 : winner.length < 1 ? 0.5 : 1;
        Object.assign(state, { p: winner.p, value: winner.value, radius: Math.min(0.3, state.radius * factor) });
      } else state.radius /= 3;
      state.past.push(state.value);
      const before = state.past.at(-1 - PATIENCE);
      const crawls = before !== undefined && before - state.value <= LITTLE * Math.abs(state.value);
      if (state.radius >= SMALLEST && !crawls) return true;
      ended.push(state);
      return false;
    });
    if (iterations === settings.screening) {
      const all = [...states, ...ended].sort((a, b) => a.value - b.value).slice(0, settings.kept);
      states = states.filter((state) => all.includes(state));
    }
  }
  const best = [...ended, ...states].reduce((a, b) => (b.value < a.value ? b : a));
  const converged = !states.includes(best);
  const weights = set.snap(best.p);
  return {
    weights,
    value: evaluate([weights])[0]!,
    iterations,
    evaluations,
    converged,
    reason: converged ? 'no step improves the objective any more' : `stopped after ${iterations} iterations`,
  };
}
