// AutoScale's law of loss against the tokens of every domain, as Olmix writes it for one scale of training.
//   law(p) = L + u sum_i (N (alpha_i + p_i))^-gamma_i
//   N  the scale, one number;  alpha_i > 0  what the other domains are worth as data of domain i, as a share of N;
//   gamma_i >= 0;  L  the floor, between 0 and the least loss for positive losses
//   theta = (L, log N, log alpha_1 … log alpha_m, gamma_1 … gamma_m), 2m + 2 numbers
//   u  the unit of the terms, the standard deviation of the losses: with u = 1 it is Olmix's form, whose terms change
//   shape when nats become bits, since one N cannot rescale terms of different exponents
// AutoScale itself writes (N0_i + N p_i)^-gamma_i with N the known number of tokens.
// References: Kang et al. 2024 (AutoScale, arXiv 2407.20177); Olmix (olmix/fit).
// Failure modes: a domain can only help; alpha_i and gamma_i trade against each other where domain i covers a narrow
// range, and only the curve they make together is then meaningful.
import { floorBounds } from '../log-linear/log-linear-law.js';
import type { Law, LawProblem } from '../parametric/law.js';
import type { LawData } from '../parametric/law-data.js';

const LARGEST_POWER = 150;

/** @param unit u, in the unit of the losses */
export function autoscaleLaw(m: number, unit: number): Law {
  return {
    size: 2 * m + 2,
    prepare: (p) => Float64Array.from(p, (w) => Math.max(0, w)),
    value(theta, p, gradient) {
      let loss = theta[0]!;
      let ofScale = 0;
      for (let i = 0; i < m; i++) {
        const alpha = Math.exp(theta[i + 2]!);
        const gamma = theta[m + 2 + i]!;
        const logTokens = theta[1]! + Math.log(alpha + p[i]!);
        const term = unit * Math.exp(Math.min(-gamma * logTokens, LARGEST_POWER));
        loss += term;
        ofScale -= gamma * term;
        if (gradient) {
          gradient[i + 2] = (-gamma * term * alpha) / (alpha + p[i]!);
          gradient[m + 2 + i] = -logTokens * term;
        }
      }
      if (gradient) {
        gradient[0] = 1;
        gradient[1] = ofScale;
      }
      return loss;
    },
    constants: () => ({ law: 'autoscale', domains: m, unit }),
    describe: (theta) => ({
      L: theta[0]!,
      unit,
      N: Math.exp(theta[1]!),
      alpha: Array.from(theta.subarray(2, m + 2), Math.exp),
      gamma: Array.from(theta.subarray(m + 2)),
    }),
  };
}

const FIRST_SHARE = 0.1;
const FIRST_EXPONENTS = [0.1, 0.3, 1];

export function autoscaleProblem(data: LawData, largestExponent: number): LawProblem {
  const m = data.domains;
  const floor = floorBounds(data, 30);
  const fill = (L: number, logN: number, logAlpha: number, gamma: number) =>
    Float64Array.from({ length: 2 * m + 2 }, (_, k) => (k === 0 ? L : k === 1 ? logN : k < m + 2 ? logAlpha : gamma));
  const starts = [0.3, 3].flatMap((depth) => {
    const L = Math.max(floor.low, data.least - depth * Math.max(data.greatest - data.least, data.spread));
    // N such that m equal domains give the mean loss.
    const term = Math.max(data.mean - L, 1e-6 * data.spread) / m;
    return FIRST_EXPONENTS.map((gamma) =>
      fill(L, -Math.log(term / data.spread) / gamma - Math.log(FIRST_SHARE + 1 / m), Math.log(FIRST_SHARE), gamma),
    );
  });
  return {
    law: autoscaleLaw(m, data.spread),
    lower: fill(floor.low, -60, Math.log(1e-4), 0),
    upper: fill(floor.high, 60, Math.log(100), largestExponent),
    pull: fill(0, 0, 0.1, 1),
    centre: fill(0, 0, Math.log(FIRST_SHARE), 0.3),
    starts,
  };
}
