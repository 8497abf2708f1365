// Limited-memory BFGS with optional box bounds.
//   x        d variables;  g  gradient of the objective f at x
//   F        the free variables: not at a bound that the descent direction points out of
//   d        direction: the two-loop recursion on F (inverse Hessian from the last `memory` pairs), 0 elsewhere
//   Step     with bounds, the full step is projected onto the box and d is the line towards that point, so that many
//            bounds can be reached in one iteration; should that not descend, d is cut at the first bound instead
// References: Nocedal and Wright, Numerical Optimization, algorithm 7.4; Bertsekas 1982 (two-metric projection);
// Morales and Nocedal 2011 (projected subspace step); Lewis and Overton 2013 (weak Wolfe line search).
// Failure modes: finds a local minimum (start several times); on kinks it stops where no step descends, and says so.
import { InvalidInputError, requireNumber } from '#libs/simplex';
import { createBox } from './box.js';
import { CurvaturePairs } from './curvature-pairs.js';
import { searchLine } from './line-search.js';
import type { Objective } from './objective.js';

export interface MinimiseOptions {
  /** Least value of each variable; -Infinity for none. */
  readonly lower?: ArrayLike<number>;
  /** Largest value of each variable; Infinity for none. */
  readonly upper?: ArrayLike<number>;
  /** Curvature pairs kept, default 10. */
  readonly memory?: number;
  /** Default 500. */
  readonly maxIterations?: number;
  /** Stop when no component of the projected gradient exceeds this (unit: value per unit of x). Default 1e-8. */
  readonly gradientTolerance?: number;
  /** Stop when an iteration lowers the value by less than this times max(|value|, 1). Default 1e-13; 0 never stops. */
  readonly valueTolerance?: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Whether a tolerance was met (or the floating point ran out of digits), rather than the patience. */
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  readonly evaluations: number;
}

/**
 * Minimises a smooth function from `start`, which is moved into the box first. Deterministic. Not converging is a
 * value. Throws InvalidInputError SHAPE, NOT_FINITE or OUT_OF_RANGE for a wrong start, bound or setting.
 */
export function minimise(objective: Objective, start: ArrayLike<number>, options: MinimiseOptions = {}): Minimum {
  const size = start.length;
  const memory = requireNumber('memory', options.memory ?? 10, { min: 1, integer: true });
  const maxIterations = requireNumber('maxIterations', options.maxIterations ?? 500, { min: 0, integer: true });
  const gradientTolerance = requireNumber('gradientTolerance', options.gradientTolerance ?? 1e-8, { min: 0 });
  const valueTolerance = requireNumber('valueTolerance', options.valueTolerance ?? 1e-13, { min: 0 });
  const box = createBox(size, options.lower, options.upper);
  const x = Float64Array.from(start);
  const nonFinite = x.findIndex((v) => !Number.isFinite(v));
  if (nonFinite >= 0) {
    throw new InvalidInputError('NOT_FINITE', `start[${nonFinite}] must be finite; got ${x[nonFinite]}`, {
      argument: `start[${nonFinite}]`,
      value: String(x[nonFinite]),
      allowed: 'a finite number',
    });
  }
  box.project(x);

  const gradient = new Float64Array(size);
  let value = objective(x, gradient);
  let evaluations = 1;
  let iterations = 0;
  const finish = (converged: boolean, reason: string): Minimum => ({
    x,
    value,
    gradient,
    converged,
    reason,
    iterations,
    evaluations,
  });
  if (!Number.isFinite(value) || gradient.some((g) => !Number.isFinite(g))) {
    return finish(false, 'the objective is not finite at the start');
  }

  const pairs = new CurvaturePairs(size, memory);
  const direction = new Float64Array(size);
  const free = new Uint8Array(size);
  const trial = new Float64Array(size);
  const trialGradient = new Float64Array(size);
  for (;;) {
    if (box.projectedGradientNorm(x, gradient) <= gradientTolerance) {
      return finish(true, 'the gradient is within its tolerance');
    }
    if (iterations >= maxIterations) return finish(false, `stopped after ${maxIterations} iterations`);

    box.markFree(x, gradient, free);
    pairs.direction(gradient, free, direction);
    let slope = box.feasibleDirection(x, gradient, direction);
    const steepest = pairs.count === 0 || !(slope < 0);
    if (steepest) {
      pairs.clear();
      slope = pairs.steepest(gradient, free, direction);
    }
    // A gradient step has no natural length: one unit of x at most is tried first.
    const firstStep = steepest ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const longest = box.longestStep(x, direction);
    const line = searchLine(objective, x, value, direction, slope, firstStep, longest, box, trial, trialGradient);
    evaluations += line.evaluations;
    if (!line.found) {
      if (!steepest) {
        // The curvature remembered misled: forget it and try the gradient itself.
        pairs.clear();
        iterations += 1;
        continue;
      }
      const exhausted = line.hoped <= 8 * Number.EPSILON * Math.abs(value);
      return finish(
        exhausted,
        exhausted
          ? 'no lower value can be told apart in floating point'
          : 'no lower point was found along the gradient',
      );
    }
    iterations += 1;
    pairs.add(x, trial, gradient, trialGradient);
    const decrease = value - line.value;
    const scale = Math.max(Math.abs(value), Math.abs(line.value), 1);
    x.set(trial);
    gradient.set(trialGradient);
    value = line.value;
    if (decrease <= valueTolerance * scale && valueTolerance > 0) {
      return finish(true, 'the value no longer falls by more than its tolerance');
    }
  }
}
