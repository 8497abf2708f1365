// The data-mixing law M4, L(r) = c + k exp(sum_j t_j r_j), with the recipe of its authors: Huber with a small
// threshold, no pull on the exponents, for sweeps of few domains and 20 to 100 runs.
// Identifiability: on the simplex (c, k, t) and (c, k e^-s, t + s) are one law, so k is fixed by the gauge sum t = 0:
// the law is `log-linear` with b = log k, and shares its implementation. What differs is the recipe: here nothing
// holds an exponent that the runs do not decide, and fewer runs than m + 1 are refused.
// Reference: Ye et al. 2024, "Data mixing laws"; their code fits log c and log k from a grid of 200 starts and 30
// random t; here t and k have closed forms at each floor of a grid, which reaches the same minima from 6 starts.
import { logLinearLaw, logLinearProblem } from '../log-linear/log-linear-law.js';
import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate } from '../surrogate.js';

/** A pull too weak to move a prediction, which only fixes the gauge. */
const GAUGE_ONLY = 1e-9;

/** The settings of M4's recipe. */
export const m4Parameters = {
  huberDelta: { ...lawParameters.huberDelta, default: 0.1 },
  ridge: {
    ...lawParameters.ridge,
    default: GAUGE_ONLY,
    meaning: 'pull of t towards 0; the default only fixes the gauge',
  },
  starts: { ...lawParameters.starts, default: 6 },
  maxIterations: { ...lawParameters.maxIterations, default: 2000 },
} as const;

export const mixingLawM4: Surrogate = parametricSurrogate({
  name: 'mixing-law-m4',
  summary: 'data mixing law M4, c + k exp(t.r), fitted without a pull: few domains, few runs',
  parameters: m4Parameters,
  minimumRows: (m, { ridge }) => (ridge! > GAUGE_ONLY ? 3 : m + 1),
  freeParameters: (m) => m + 1,
  approach: 0,
  place: (data) => logLinearProblem(data, { terms: 'weights', largestExponent: 100, deepestFloor: 30, weightPull: 1 }),
  rebuild: (constants) => logLinearLaw('weights', constants.centre as number[]),
});
