// The one place that knows the optimisers. `simulate` is RegMix's (simulate-and-average.ts), `exact` minimises the
// convex objective of the log-linear family (exact-log-linear.ts), `gradient` searches from the best simulated
// mixtures, the best measured ones and the natural mixture (gradient-search.ts). `auto` is exact where it can be, and
// otherwise the better of the other two, judged by the mean of what is minimised over their surroundings: a minimum
// that is gone a few percent of the weight away is the fit's own noise, of which the stairs of trees are full.
//   Evidence, from RegMix's training runs at 1M: fits on 32 to 128 of them, their optima judged by fits on all 512 (the
//   mean of a Gaussian process and trees; lower is better; in brackets by how much it exceeds what was predicted).
//                                simulate        gradient        auto            auto, plus one standard error
//     fits `auto`, 54 optima     4.607 (.017)    4.598 (.033)    4.597 (.032)    4.602 (.035)
//     fits `gbdt`, 36 optima     4.646 (.006)    4.649 (.105)    4.639 (.084)    4.639 (.084)
//   So every predicted optimum flatters, on average by half a standard error of a new run or less; 1.645 of them held
//   the judgement in 88 of the 90. A penalty for uncertainty does not help, and is 0 unless asked for.
import { type FeasibleSet, InvalidInputError } from '#libs/simplex';
import type { ResolvedConstraints } from './constraints.js';
import type { ConvexProblem } from './convex-problem.js';
import { minimiseLogLinear } from './exact-log-linear.js';
import { DEFAULT_GRADIENT, gradientSearch } from './gradient-search.js';
import { convexProblemOf } from './log-linear-terms.js';
import { type Decided, type Found, keepAboveMinimum, respectsMinimum } from './minimum-nonzero.js';
import type { ObjectiveModel } from './objective-model.js';
import type { OptimiserReport } from './proposal-document.js';
import type { OptimiserName } from './propose-input.js';
import { averageBest, type Pool, type SimulationSettings, simulateAndAverage } from './simulate-and-average.js';

/** Simulated mixtures where only the negative control and the Pareto front need them. */
const SUPPORTING_SAMPLES = 2000;
const STARTS = 4;
/** The surroundings of a mixture: so many steps, each this share of the way towards some simulated mixture. */
const SURROUNDINGS = 64;
const NEARBY = 0.05;

export interface Optimised extends Decided {
  readonly report: OptimiserReport;
  readonly strength: number | null;
  readonly repairedShare: number;
  readonly pool: Pool;
  readonly samples: number;
  /** The best mixture of a set under another strength of the pull to natural, from `starts`. */
  readonly again: (set: FeasibleSet, klStrength: number, starts: readonly Float64Array[]) => Found;
  /** The lowest point of a set near `start`, whatever the optimiser asked for: what a change of the set brings. */
  readonly descend: (set: FeasibleSet, start: Float64Array) => Found;
}

export interface OptimiseSettings extends Omit<SimulationSettings, 'samples'> {
  readonly requested: OptimiserName;
  /** Undefined: as many as the optimiser needs. */
  readonly samples: number | undefined;
  readonly defaults: { readonly simulate: number; readonly auto: number };
}

/** A shorter search, for where a good start is known. */
const SHORT = { iterations: 20, kept: 1, screening: 1, radius: 0.04 };

function unsuitable(reason: string): never {
  throw new InvalidInputError('OPTIMISER_UNSUITABLE', `the exact optimiser cannot be used: ${reason}`, {
    argument: 'optimiser',
    value: 'exact',
    allowed: 'auto, simulate, gradient, or model log-linear for every target of the objective',
  });
}

/** Lowest objective inside the constraints. Throws OPTIMISER_UNSUITABLE, OUT_OF_RANGE or CONSTRAINTS_INFEASIBLE. */
export function optimise(
  names: readonly string[],
  model: ObjectiveModel,
  constraints: ResolvedConstraints,
  measured: readonly Float64Array[],
  settings: OptimiseSettings,
  onProgress?: (done: number, total: number) => void,
): Optimised {
  const { set, limits, minimumNonzero, prior } = constraints;
  const { requested } = settings;
  const convex = requested === 'simulate' || requested === 'gradient' ? null : convexProblemOf(model, prior);
  if (requested === 'exact' && typeof convex === 'string') unsuitable(convex);
  const problem = convex !== null && typeof convex === 'object' ? convex : null;
  const { klStrength } = model.objective;
  const evaluate = (rows: readonly Float64Array[]) => model.penalised(rows);

  const wanted =
    settings.samples ??
    (problem ? SUPPORTING_SAMPLES : requested === 'auto' ? settings.defaults.auto : settings.defaults.simulate);
  const simulated = simulateAndAverage(
    prior,
    set,
    { ...settings, samples: wanted },
    (rows) => model.base(rows),
    (row) => model.klPenalty(row),
    onProgress,
  );
  const { pool, strength, repairedShare } = simulated;

  const nearby = (p: Float64Array): number => {
    const spacing = Math.max(1, Math.floor(pool.rows.length / SURROUNDINGS));
    const towards = pool.rows.filter((_, s) => s % spacing === 0);
    const values = evaluate(towards.map((row) => p.map((w, i) => (1 - NEARBY) * w + NEARBY * row[i]!)));
    return values.reduce((a, b) => a + b, 0) / values.length;
  };

  // Whether the answer is an average: then all that follows from it is as well.
  let averages = requested === 'simulate';
  const again = (within: FeasibleSet, lambda: number, starts: readonly Float64Array[]): Found => {
    if (problem) return minimiseLogLinear({ ...problem, klStrength: lambda }, within);
    const values = pool.base.map((value, s) => value + model.klPenalty(pool.rows[s]!, lambda));
    const average = averageBest(pool.rows, values, Math.max(8, Math.round((settings.top * values.length) / wanted)));
    const inside = [...starts, within.projectEuclidean(average)].map((p) => within.settle(Float64Array.from(p)));
    if (!averages) return gradientSearch(within, inside, (rows) => model.penalised(rows, lambda), SHORT);
    const reached = model.penalised(inside, lambda);
    const best = reached.indexOf(Math.min(...reached));
    return { weights: inside[best]!, value: reached[best]! };
  };

  const descend = (within: FeasibleSet, start: Float64Array): Found =>
    problem ? minimiseLogLinear(problem, within) : gradientSearch(within, [start], evaluate, SHORT);

  const found = problem
    ? byExact(problem, set)
    : bySearch(requested, simulated, nearby, () => {
        const order = Array.from(pool.base.keys()).sort((a, b) => pool.base[a]! - pool.base[b]!);
        const starts = [simulated.weights, ...order.slice(0, STARTS).map((s) => pool.rows[s]!), ...measured];
        return gradientSearch(set, [...starts, set.projectKl(prior)], evaluate, DEFAULT_GRADIENT);
      });
  averages = found.report.used === 'simulate';
  const decided = respectsMinimum(found.weights, minimumNonzero)
    ? { weights: found.weights, value: found.value, limits, set }
    : keepAboveMinimum(
        names,
        limits,
        minimumNonzero,
        found.weights,
        (within, start) => again(within, klStrength, [start]),
        true,
      );
  if (!decided) {
    throw new InvalidInputError(
      'CONSTRAINTS_INFEASIBLE',
      `no mixture was found whose weights are all 0 or at least ${minimumNonzero} and that satisfies the other constraints`,
      { argument: 'minimumNonzero', value: minimumNonzero, allowed: 'a smaller weight', binding: ['minimumNonzero'] },
    );
  }
  return {
    ...decided,
    report: { ...found.report, requested },
    strength: found.report.used === 'simulate' ? strength : null,
    repairedShare,
    pool,
    samples: wanted,
    again,
    descend,
  };
}

interface Answer extends Found {
  readonly report: Omit<OptimiserReport, 'requested'>;
}

function byExact(problem: ConvexProblem, set: FeasibleSet): Answer {
  const { weights, value, dualityGap, converged, reason, iterations } = minimiseLogLinear(problem, set);
  return {
    weights,
    value,
    report: {
      used: 'exact',
      why: 'every fit of the objective is log-linear, so the objective is convex',
      candidates: [{ optimiser: 'exact', penalisedObjective: value }],
      converged,
      reason,
      iterations,
      dualityGap,
    },
  };
}

function bySearch(
  requested: OptimiserName,
  simulated: Found,
  nearby: (p: Float64Array) => number,
  search: () => ReturnType<typeof gradientSearch>,
): Answer {
  const candidate = (optimiser: string, { weights, value }: Found) => ({
    optimiser,
    penalisedObjective: value,
    nearby: nearby(weights),
  });
  const simulate = candidate('simulate', simulated);
  const averaged = { converged: true, reason: 'every sample was drawn', iterations: 1, dualityGap: null };
  if (requested === 'simulate') {
    const report = { used: 'simulate' as const, why: 'asked for by name', candidates: [simulate], ...averaged };
    return { weights: simulated.weights, value: simulated.value, report };
  }
  const { weights, value, converged, reason, iterations } = search();
  const gradient = candidate('gradient', { weights, value });
  const candidates = [simulate, gradient];
  if (requested === 'gradient' || gradient.nearby < simulate.nearby) {
    const why =
      requested === 'gradient'
        ? 'asked for by name'
        : 'it reached a lower objective than simulation, and so it is on average over the mixtures nearby';
    return {
      weights,
      value,
      report: { used: 'gradient', why, candidates, converged, reason, iterations, dualityGap: null },
    };
  }
  const why =
    value < simulated.value
      ? 'the search by gradients reached a lower objective that the mixtures nearby do not bear out'
      : 'no search by gradients reached a lower objective';
  return {
    weights: simulated.weights,
    value: simulated.value,
    report: { used: 'simulate', why, candidates, ...averaged },
  };
}
