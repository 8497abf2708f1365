// The least of a convex objective over the constraints, by an interior-point method (Boyd and Vandenberghe, chapter 11).
//   F(p) = sum_k v_k (c_k + exp(b_k + t_k . p)) + lambda sum_i p_i log(p_i / q_i)      weighted mean
//   F(p) = max_k v_k (c_k + exp(b_k + t_k . p)) + lambda sum_i p_i log(p_i / q_i)      worst case, through an epigraph
//          variable z >= v_k (...) for every k
//   x    the free weights (and z), moved along the equalities by Newton steps on  tau F - sum log(slacks)
// At the centre for tau the objective is within J / tau of the least possible, J the number of inequalities: that is
// the duality gap reported. On the way tau grows as soon as x is near the centre; only the last one is reached closely.
// v_k >= 0 makes F convex, so there are no other minima. Failure modes: exponents so steep that the Newton steps stall,
// which is reported; a natural share q_i below 1e-9 counts as 1e-9.
import type { FeasibleSet } from '#libs/simplex';
import { type ConvexProblem, convexObjective } from './convex-problem.js';
import { Barrier, dot } from './log-linear-barrier.js';

export interface ExactResult {
  readonly weights: Float64Array;
  readonly value: number;
  readonly dualityGap: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
}

const GAP = 1e-9;
const GROWTH = 12;
const NEWTON_STEPS = 60;
/** Half the squared Newton decrement below which a centre is near, and below which it is reached. */
const NEAR = 0.03;
const CENTRED = 1e-9;

/** The mixture of `set` with the least convex objective. Running out of steps is a value, not an exception. */
export function minimiseLogLinear(problem: ConvexProblem, set: FeasibleSet): ExactResult {
  const finish = (p: Float64Array, dualityGap: number, reason: string | null, iterations: number): ExactResult => {
    const weights = snap(problem, set, p, dualityGap);
    return {
      weights,
      value: convexObjective(problem, weights),
      dualityGap,
      converged: reason === null,
      reason: reason ?? 'the duality gap is within its tolerance',
      iterations,
    };
  };
  if (set.free.length < 2) return finish(Float64Array.from(set.centre), 0, null, 0);
  const barrier = new Barrier(problem, set);
  let x = barrier.start();
  let iterations = 0;
  const scale = Math.max(1e-6, Math.abs(convexObjective({ ...problem, klStrength: 0 }, set.centre)));
  let tau = barrier.count / scale;
  for (;;) {
    const gap = barrier.count / tau;
    const last = gap <= GAP * Math.max(1, scale);
    let stalled = false;
    for (let step = 0; step < NEWTON_STEPS; step++) {
      const value = barrier.at(x, tau, true);
      const direction = barrier.newtonStep();
      iterations += 1;
      const slope = direction ? dot(barrier.gradient, direction) : 0;
      if (!direction || -slope / 2 <= (last ? CENTRED : NEAR)) break;
      let length = 1;
      let next = x;
      for (; length > 1e-12; length /= 2) {
        next = x.map((v, k) => v + length * direction[k]!);
        if (barrier.at(next, tau, false) <= value + 0.1 * length * slope) break;
      }
      // Out of digits: as central as floating point allows at this tau.
      stalled = length <= 1e-12;
      if (stalled) break;
      x = next;
    }
    const p = Float64Array.from(barrier.mixture(x));
    if (last) return finish(p, gap, null, iterations);
    if (stalled) return finish(p, gap, 'the Newton steps ran out of digits', iterations);
    tau *= GROWTH;
  }
}

/** Puts weights that only the barrier holds off their limits onto them, unless that costs more than the gap. */
function snap(problem: ConvexProblem, set: FeasibleSet, p: Float64Array, gap: number): Float64Array {
  const inside = set.settle(Float64Array.from(p));
  const snapped = set.snap(p);
  return convexObjective(problem, snapped) <= convexObjective(problem, inside) + Math.max(gap, GAP) ? snapped : inside;
}
