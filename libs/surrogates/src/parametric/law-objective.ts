// The objective of a law's fit.
//   r_i = (law(p_i) − y_i) / spread,  rho(r) = r²/2 for |r| <= delta, else delta (|r| − delta/2)   (Huber)
//   F(theta) = sum_i rho(r_i) + ridge/2 sum_k pull_k (theta_k − centre_k)²
// delta is in standard deviations of the losses, so that a target in nats, in bits or in percent is treated alike.
import { huber, huberSlope, type Objective } from '#libs/minimise';
import type { Law, LawProblem } from './law.js';
import type { LawData } from './law-data.js';

/** F and its gradient in theta. */
export function lawObjective(problem: LawProblem, data: LawData, delta: number, ridge: number): Objective {
  const { law, pull, centre } = problem;
  const { rows, losses, spread } = data;
  const row = new Float64Array(law.size);
  return (theta, gradient) => {
    gradient.fill(0);
    let value = 0;
    for (let r = 0; r < rows.length; r++) {
      const residual = (law.value(theta, rows[r]!, row) - losses[r]!) / spread;
      value += huber(residual, delta);
      const slope = huberSlope(residual, delta) / spread;
      for (let k = 0; k < row.length; k++) gradient[k] = gradient[k]! + slope * row[k]!;
    }
    for (let k = 0; k < row.length; k++) {
      const away = theta[k]! - centre[k]!;
      value += 0.5 * ridge * pull[k]! * away * away;
      gradient[k] = gradient[k]! + ridge * pull[k]! * away;
    }
    return value;
  };
}

/**
 * J'WJ / spread², K x K row-major: the Gauss–Newton Hessian of the squared residuals, or, given `delta`, of the Huber
 * ones with their weights w = min(1, delta / |r|).
 */
export function gaussNewton(law: Law, data: LawData, theta: Float64Array, delta = Infinity): Float64Array {
  const K = law.size;
  const out = new Float64Array(K * K);
  const row = new Float64Array(K);
  data.rows.forEach((p, r) => {
    const residual = Math.abs(law.value(theta, p, row) - data.losses[r]!) / data.spread;
    const weight = (residual > delta ? delta / residual : 1) / data.spread / data.spread;
    for (let i = 0; i < K; i++) {
      const scaled = row[i]! * weight;
      if (scaled !== 0) for (let j = 0; j <= i; j++) out[i * K + j] = out[i * K + j]! + scaled * row[j]!;
    }
  });
  for (let i = 0; i < K; i++) for (let j = 0; j < i; j++) out[j * K + i] = out[i * K + j]!;
  return out;
}
