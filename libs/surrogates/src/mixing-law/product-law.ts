// The product form of the data-mixing law: every domain discounts what the others leave, down to a share of its own.
//   law(p) = c + e^a prod_j g_j(p_j),   g_j(x) = 1 − kappa_j + kappa_j exp(t_j x),  0 < kappa_j <= 1
//   theta = (c, a, t_1 … t_m, kappa_1 … kappa_m)
// The repository's form is c0 + prod (c_j + k_j exp(t_j r_j)); with c_j, k_j >= 0 each factor is its value at 0 times
// g_j, and the m values at 0 only matter through their product e^a: 2m + 2 numbers instead of 3m + 1, none redundant
// but the gauge of t. With every kappa = 1 it is M4, so that it starts from M4's fit; smaller kappa_j let the effect
// of domain j level off. The pull is towards M4's shape (kappa = 1) and towards a flat law (t = 0).
// Failure modes: twice M4's parameters, so it needs twice the runs; for t_j near 0, kappa_j means nothing.

import { leastSquaresStarts } from '../log-linear/least-squares-starts.js';
import { floorBounds } from '../log-linear/log-linear-law.js';
import type { Law, LawProblem } from '../parametric/law.js';
import type { LawData } from '../parametric/law-data.js';

const LARGEST_POWER = 300;

export function productLaw(m: number): Law {
  const factors = new Float64Array(m);
  return {
    size: 2 * m + 2,
    prepare: (p) => Float64Array.from(p),
    value(theta, p, gradient) {
      let product = Math.exp(Math.min(theta[1]!, LARGEST_POWER));
      for (let j = 0; j < m; j++) {
        const kappa = theta[m + 2 + j]!;
        factors[j] = 1 - kappa + kappa * Math.exp(Math.min(theta[j + 2]! * p[j]!, LARGEST_POWER));
        product *= factors[j]!;
      }
      if (gradient) {
        gradient[0] = 1;
        gradient[1] = product;
        for (let j = 0; j < m; j++) {
          const kappa = theta[m + 2 + j]!;
          const power = Math.exp(Math.min(theta[j + 2]! * p[j]!, LARGEST_POWER));
          const share = product / factors[j]!;
          gradient[j + 2] = share * kappa * power * p[j]!;
          gradient[m + 2 + j] = share * (power - 1);
        }
      }
      return theta[0]! + product;
    },
    constants: () => ({ law: 'product', domains: m }),
    describe: (theta) => ({
      c: theta[0]!,
      a: theta[1]!,
      t: Array.from(theta.subarray(2, m + 2)),
      kappa: Array.from(theta.subarray(m + 2)),
    }),
  };
}

export function productProblem(data: LawData): LawProblem {
  const m = data.domains;
  const floor = floorBounds(data, 30);
  const fill = (c: number, a: number, t: number, kappa: number) =>
    Float64Array.from({ length: 2 * m + 2 }, (_, k) => (k === 0 ? c : k === 1 ? a : k < m + 2 ? t : kappa));
  const flat = new Float64Array(m + 2).fill(1);
  const starts = leastSquaresStarts(data, data.rows, data.meanWeights, flat, floor).flatMap((logLinear) => {
    // The starts of M4 are written around the mean weights; here around 0.
    let a = logLinear[1]!;
    for (let j = 0; j < m; j++) a -= logLinear[j + 2]! * data.meanWeights[j]!;
    return [0.98, 0.6].map((kappa) => {
      const start = fill(logLinear[0]!, a, 0, kappa);
      for (let j = 0; j < m; j++) start[j + 2] = logLinear[j + 2]! / (kappa > 0.9 ? 1 : kappa);
      return start;
    });
  });
  return {
    law: productLaw(m),
    lower: fill(floor.low, Math.log(1e-12 * data.spread), -200, 1e-3),
    upper: fill(floor.high, Math.log(data.greatest - floor.low + data.spread) + 50, 200, 1),
    pull: fill(0, 0, 1e-2, 1),
    centre: fill(0, 0, 0, 1),
    starts,
  };
}
