// Fits a law by L-BFGS from several starts, in variables scaled by the Gauss–Newton diagonal at each start (the
// parameters of one law differ by orders of magnitude). Laws with bent valleys are brought near by Gauss–Newton first. The lowest objective wins; equal ones, the earlier start.
import { minimise } from '#libs/minimise';
import { gaussNewtonSteps } from './gauss-newton-steps.js';
import type { LawProblem } from './law.js';
import type { LawData } from './law-data.js';
import { gaussNewton, lawObjective } from './law-objective.js';

export interface LawFitOptions {
  /** Huber threshold in standard deviations of the losses. */
  readonly delta: number;
  readonly ridge: number;
  /** Starts followed to the end, of those offered. */
  readonly starts: number;
  readonly maxIterations: number;
  /** Most Gauss–Newton steps before L-BFGS takes over. */
  readonly approach: number;
  /** Stop when an iteration lowers the objective by less than this share of it. */
  readonly tolerance: number;
}

export interface LawFit {
  readonly theta: Float64Array;
  readonly value: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
}

/** One descent from `start`. */
function descend(problem: LawProblem, data: LawData, options: LawFitOptions, from: Float64Array): LawFit {
  const K = problem.law.size;
  const { theta: start, rounds } = gaussNewtonSteps(problem, data, { ...options, rounds: options.approach }, from);
  const objective = lawObjective(problem, data, options.delta, options.ridge);
  const curvature = gaussNewton(problem.law, data, start);
  const scale = Float64Array.from({ length: K }, (_, k) => {
    const bend = curvature[k * K + k]! + options.ridge * problem.pull[k]!;
    return bend > 0 && Number.isFinite(bend) ? 1 / Math.sqrt(bend) : 1;
  });
  const theta = new Float64Array(K);
  const found = minimise(
    (x, gradient) => {
      for (let k = 0; k < K; k++) theta[k] = x[k]! * scale[k]!;
      const value = objective(theta, gradient);
      for (let k = 0; k < K; k++) gradient[k] = gradient[k]! * scale[k]!;
      return value;
    },
    start.map((v, k) => v / scale[k]!),
    {
      lower: problem.lower.map((v, k) => v / scale[k]!),
      upper: problem.upper.map((v, k) => v / scale[k]!),
      maxIterations: options.maxIterations,
      memory: 20,
      gradientTolerance: 1e-7 * data.rows.length * Math.min(1, options.delta),
      valueTolerance: options.tolerance,
    },
  );
  const { lower, upper } = problem;
  return {
    ...found,
    iterations: rounds + found.iterations,
    theta: found.x.map((v, k) => Math.max(lower[k]!, Math.min(upper[k]!, v * scale[k]!))),
  };
}

/**
 * The best fit over the `starts` most promising of the problem's starts and `warm`, if given.
 * @param warm K parameters of a fit on similar rows
 */
export function fitLaw(problem: LawProblem, data: LawData, options: LawFitOptions, warm?: Float64Array): LawFit {
  const objective = lawObjective(problem, data, options.delta, options.ridge);
  const scratch = new Float64Array(problem.law.size);
  const { lower, upper } = problem;
  const offered = [...(warm ? [warm] : []), ...problem.starts]
    .map((start) => start.map((v, k) => Math.max(lower[k]!, Math.min(upper[k]!, v))))
    .map((start) => ({ start, value: objective(start, scratch) }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value);
  let best: LawFit | null = null;
  let iterations = 0;
  for (const { start } of offered.slice(0, options.starts)) {
    const fit = descend(problem, data, options, start);
    iterations += fit.iterations;
    if (best === null || fit.value < best.value) best = fit;
  }
  if (best === null) {
    const theta = problem.starts[0] ?? new Float64Array(problem.law.size);
    return { theta, value: Infinity, converged: false, reason: 'no start has a finite objective', iterations: 0 };
  }
  return { ...best, iterations };
}
