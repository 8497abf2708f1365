// Damped Gauss–Newton steps inside bounds (Levenberg and Marquardt), which bring a law near its minimum in tens of
// evaluations where first-order curvature needs hundreds: exponents and strengths of one domain are nearly
// interchangeable, so that the objective has long bent valleys.
//   w_i = 1 inside the Huber threshold, delta / |r_i| outside
//   (J'WJ / spread² + ridge diag(pull) + mu diag(same)) step = −gradient, over the parameters no bound holds;
//   mu falls after a step that lowers the objective and rises after one that does not
// Reference: Nocedal and Wright, Numerical Optimization, section 10.3.
import { solveCholesky } from '#libs/linear-algebra';
import type { LawProblem } from './law.js';
import type { LawData } from './law-data.js';
import { gaussNewton, lawObjective } from './law-objective.js';

const FIRST_DAMPING = 1e-2;
const LARGEST_DAMPING = 1e8;

/**
 * At most `rounds` steps from `start`; stops when one lowers the objective by less than `tolerance` of it.
 * Returns the best point and the number of steps tried.
 */
export function gaussNewtonSteps(
  problem: LawProblem,
  data: LawData,
  settings: { readonly delta: number; readonly ridge: number; readonly tolerance: number; readonly rounds: number },
  start: Float64Array,
): { theta: Float64Array; rounds: number } {
  const { law, lower, upper, pull } = problem;
  const { delta, ridge } = settings;
  const K = law.size;
  const objective = lawObjective(problem, data, delta, ridge);
  const gradient = new Float64Array(K);
  let theta = Float64Array.from(start);
  let value = objective(theta, gradient);
  let damping = FIRST_DAMPING;
  let rounds = 0;
  const scratch = new Float64Array(K);

  while (rounds < settings.rounds) {
    const curvature = gaussNewton(law, data, theta, delta);
    const free = Array.from({ length: K }, (_, k) => k).filter(
      (k) => !(theta[k]! <= lower[k]! && gradient[k]! > 0) && !(theta[k]! >= upper[k]! && gradient[k]! < 0),
    );
    let lowered = false;
    while (!lowered && rounds < settings.rounds && damping <= LARGEST_DAMPING) {
      rounds += 1;
      const F = free.length;
      const matrix = new Float64Array(F * F);
      const right = new Float64Array(F);
      for (let a = 0; a < F; a++) {
        const k = free[a]!;
        right[a] = -gradient[k]!;
        for (let b = 0; b <= a; b++) matrix[a * F + b] = curvature[k * K + free[b]!]!;
        const own = matrix[a * F + a]! + ridge * pull[k]!;
        matrix[a * F + a] = own * (1 + damping) + 1e-12;
      }
      const step = solveCholesky(matrix, right);
      const next = Float64Array.from(theta);
      if (step) {
        for (let a = 0; a < F; a++) {
          const k = free[a]!;
          next[k] = Math.max(lower[k]!, Math.min(upper[k]!, theta[k]! + step[a]!));
        }
      }
      const nextValue = step ? objective(next, scratch) : Infinity;
      if (nextValue < value) {
        lowered = true;
        const small = value - nextValue <= settings.tolerance * Math.max(value, 1e-12);
        theta = next;
        value = nextValue;
        gradient.set(scratch);
        damping = Math.max(damping * 0.2, 1e-10);
        if (small) return { theta, rounds };
      } else damping *= 6;
    }
    if (!lowered) break;
  }
  return { theta, rounds };
}
