// BiMix at one scale of training: every domain's own share lowers the loss as a power law.
//   law(p) = L + sum_i F_i max(p_i, clip)^-alpha_i,  F_i >= 0, 0 <= alpha_i <= largest
//   theta = (L, g_1 … g_m, alpha_1 … alpha_m), written as F_i (x^-alpha_i − q_i^-alpha_i) with q_i the mean weight, so
//   that L is the loss at the mean mixture and the terms are nearly uncorrelated;  F_i = g_i
// References: Ge et al. 2024 (arXiv 2405.14908): L_i(r_i, s) = A_i / r_i^alpha_i (B_i / s^beta_i + C_i), where s is
// fixed within one sweep; Olmix sums one such term per domain, with p clipped at 1e-12.
// Clip: at 1e-12 a domain left out costs 1e12^alpha, so that alpha must be tiny whatever the other rows say; the clip
// is a setting of its own, 1e-3 by default, the size below which a domain is not told from none.
// Failure modes: a domain can only help (no F below 0), which is wrong for domains that take room from useful ones;
// on the simplex that competition appears through the others' shares alone. F_i and alpha_i are not told apart for a
// domain that hardly varies: the pull holds alpha there.
import type { Law, LawProblem } from '../parametric/law.js';
import type { LawData } from '../parametric/law-data.js';

export interface BimixConstants {
  readonly clip: number;
  /** Logarithm of the mean clipped weight of each domain. */
  readonly logMeans: readonly number[];
}

export function bimixLaw({ clip, logMeans }: BimixConstants): Law {
  const m = logMeans.length;
  const q = Float64Array.from(logMeans);
  return {
    size: 2 * m + 1,
    prepare: (p) => Float64Array.from(p, (w) => Math.log(Math.max(w, clip))),
    value(theta, logs, gradient) {
      let loss = theta[0]!;
      if (gradient) gradient[0] = 1;
      for (let i = 0; i < m; i++) {
        const alpha = theta[m + 1 + i]!;
        const here = Math.exp(-alpha * logs[i]!);
        const mean = Math.exp(-alpha * q[i]!);
        const strength = theta[i + 1]!;
        loss += strength * (here - mean);
        if (gradient) {
          gradient[i + 1] = here - mean;
          gradient[m + 1 + i] = strength * (mean * q[i]! - here * logs[i]!);
        }
      }
      return loss;
    },
    constants: () => ({ law: 'bimix', clip, logMeans: Array.from(q) }),
    describe(theta) {
      let floor = theta[0]!;
      for (let i = 0; i < m; i++) floor -= theta[i + 1]! * Math.exp(-theta[m + 1 + i]! * q[i]!);
      return { L: floor, F: Array.from(theta.subarray(1, m + 1)), alpha: Array.from(theta.subarray(m + 1)), clip };
    },
  };
}

/** Exponents that the fit starts from: BiMix's own fits lie between. */
const FIRST_EXPONENTS = [0.1, 0.3, 0.8];

export function bimixProblem(data: LawData, clip: number, largest: number): LawProblem {
  const m = data.domains;
  const n = data.rows.length;
  const means = new Float64Array(m);
  for (const row of data.rows) for (let i = 0; i < m; i++) means[i] = means[i]! + Math.max(row[i]!, clip) / n;
  const fill = (loss: number, strength: number, alpha: number) =>
    Float64Array.from({ length: 2 * m + 1 }, (_, k) => (k === 0 ? loss : k <= m ? strength : alpha));
  const range = data.greatest - data.least + data.spread;
  return {
    law: bimixLaw({ clip, logMeans: Array.from(means, (w) => Math.log(w)) }),
    lower: fill(data.least - range, 0, 1e-3),
    upper: fill(data.greatest + range, 1e3 * data.spread, largest),
    pull: fill(0, 1e-2 / (data.spread * data.spread), 1),
    centre: fill(0, 0, 0.3),
    starts: FIRST_EXPONENTS.map((alpha) => fill(data.mean, (0.1 * data.spread) / m, alpha)),
  };
}
