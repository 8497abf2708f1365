// The capacity-allocation law of one target at one scale of training.
//   law(h) = E + sum_j s_j x_j(h)^-b_j + sum_j A_j (h_j + floor)^-a_j
//   x(h)  the capacity given to each domain (allocate-capacity.ts), in units of the whole model
//   theta = (E, s_1…s_m, k_1…k_m, b_1…b_m, A_1…A_m, a_1…a_m), 5m + 1 numbers;  c_j = exp(k_j)
// Reference: Dai and Zheng 2026: L_i = c_i x_i(h)^-b_i + A_i (D h_i)^-a_i + E_i, for the loss on domain i's own text.
// There 5m + 1 numbers describe m domain losses at every (N, D). A target here may be any text: it reads what domain j
// has learnt with the strength s_j and A_j, and at one scale N and D only change the units of c and A. What stays is
// the law's point: domains compete for capacity, so that more of one raises the loss of the others, and a domain that
// is barely trained on keeps the least capacity H.
// Failure modes: five numbers per domain: with fewer runs than that the pull decides; domains with equal weights in
// all runs are not told apart. Where h_j b_j c_j crosses the floor the law has a kink.
import type { Law, LawProblem } from '../parametric/law.js';
import type { LawData } from '../parametric/law-data.js';
import { allocateCapacity } from './allocate-capacity.js';

export interface CapacityConstants {
  readonly domains: number;
  /** H: least capacity of a domain, as a share of the model. */
  readonly leastCapacity: number;
  /** Added to every weight in the data term, which would be infinite at 0. */
  readonly weightFloor: number;
}

export function capacityAllocationLaw({ domains: m, leastCapacity, weightFloor }: CapacityConstants): Law {
  const logFloor = Math.log(leastCapacity);
  const logDemand = new Float64Array(m);
  const exponents = new Float64Array(m);
  const logCapacity = new Float64Array(m);
  const [s, k, b, A, a] = [1, m + 1, 2 * m + 1, 3 * m + 1, 4 * m + 1] as const;
  return {
    size: 5 * m + 1,
    /** log h_j, then log(h_j + floor). */
    prepare(h) {
      const out = new Float64Array(2 * m);
      for (let j = 0; j < m; j++) {
        const weight = Math.max(0, h[j]!);
        out[j] = Math.log(weight);
        out[m + j] = Math.log(weight + weightFloor);
      }
      return out;
    },
    value(theta, logs, gradient) {
      for (let j = 0; j < m; j++) {
        exponents[j] = theta[b + j]!;
        logDemand[j] = logs[j]! + Math.log(exponents[j]!) + theta[k + j]!;
      }
      allocateCapacity(logDemand, exponents, logFloor, logCapacity);
      let loss = theta[0]!;
      let shared = 0;
      let weightOfBudget = 0;
      for (let j = 0; j < m; j++) {
        const power = Math.exp(-exponents[j]! * logCapacity[j]!);
        const data = Math.exp(-theta[a + j]! * logs[m + j]!);
        loss += theta[s + j]! * power + theta[A + j]! * data;
        if (logCapacity[j]! > logFloor) {
          shared += (theta[s + j]! * exponents[j]! * power) / (exponents[j]! + 1);
          weightOfBudget += Math.exp(logCapacity[j]!) / (exponents[j]! + 1);
        }
        if (gradient) {
          gradient[s + j] = power;
          gradient[A + j] = data;
          gradient[a + j] = -theta[A + j]! * logs[m + j]! * data;
        }
      }
      if (gradient) {
        gradient[0] = 1;
        for (let j = 0; j < m; j++) {
          const power = gradient[s + j]!;
          const log = logCapacity[j]!;
          gradient[k + j] = 0;
          gradient[b + j] = -theta[s + j]! * log * power;
          if (!(log > logFloor)) continue;
          // What demand j gains, every other domain above the floor loses, through lambda.
          const pull = (Math.exp(log) * shared) / weightOfBudget - theta[s + j]! * exponents[j]! * power;
          gradient[k + j] = pull / (exponents[j]! + 1);
          gradient[b + j] = gradient[b + j]! + (pull * (1 / exponents[j]! - log)) / (exponents[j]! + 1);
        }
      }
      return loss;
    },
    constants: () => ({ law: 'capacity-allocation', domains: m, leastCapacity, weightFloor }),
    describe: (theta) => ({
      E: theta[0]!,
      strength: Array.from(theta.subarray(s, k)),
      c: Array.from(theta.subarray(k, b), Math.exp),
      b: Array.from(theta.subarray(b, A)),
      A: Array.from(theta.subarray(A, a)),
      a: Array.from(theta.subarray(a)),
      leastCapacity,
      weightFloor,
    }),
  };
}

const FIRST_EXPONENTS = [0.2, 0.6];

export function capacityAllocationProblem(
  data: LawData,
  settings: { leastCapacity: number; weightFloor: number; largestExponent: number },
): LawProblem {
  const m = data.domains;
  const { leastCapacity, weightFloor, largestExponent } = settings;
  const fill = (...parts: readonly [number, number, number, number, number, number]) =>
    Float64Array.from({ length: 5 * m + 1 }, (_, i) => parts[i === 0 ? 0 : 1 + Math.floor((i - 1) / m)]!);
  const range = data.greatest - data.least + data.spread;
  const unit = data.spread;
  const perUnit = 1 / (unit * unit);
  return {
    law: capacityAllocationLaw({ domains: m, leastCapacity, weightFloor }),
    lower: fill(data.least > 0 ? 0 : data.least - 30 * range, 0, -8, 0.01, 0, 0.01),
    upper: fill(data.greatest, 100 * unit, 8, largestExponent, 100 * unit, largestExponent),
    pull: fill(0, 0.1 * perUnit, 0.1, 1, perUnit, 1),
    centre: fill(0, 0, 0, 0.3, 0, 0.3),
    starts: FIRST_EXPONENTS.map((exponent) =>
      fill(data.least - 0.5 * range, (0.3 * unit) / m, 0, exponent, (0.1 * unit) / m, exponent),
    ),
  };
}
