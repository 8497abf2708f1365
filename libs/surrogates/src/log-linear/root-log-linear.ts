import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate } from '../surrogate.js';
import { logLinearLaw, logLinearProblem } from './log-linear-law.js';

const parameters = {
  ...lawParameters,
  largestExponent: { default: 40, above: 0, max: 200, meaning: 'bound on each exponent' },
  deepestFloor: {
    default: 30,
    above: 0,
    meaning: 'how far the floor c may lie below the least loss, in ranges of the losses (positive losses: not below 0)',
  },
  weightPull: {
    default: 1000,
    min: 1,
    meaning: 'how much harder the ridge holds the exponents of the weights than those of their roots',
  },
} as const;

/**
 * The log-linear law in the square roots of the weights, with the weights themselves as a correction that the ridge
 * keeps small until the runs ask for it. On the simplex roots are the coordinates of the Hellinger distance, in which
 * the first hundredth of a domain counts as much as it does in training.
 */
export const rootLogLinear: Surrogate = parametricSurrogate({
  name: 'root-log-linear',
  summary: 'c + exp(b + s.sqrt(p) + t.p): a log-linear law that levels off as a domain grows',
  parameters,
  minimumRows: () => 3,
  freeParameters: (m) => 2 * m + 1,
  approach: 0,
  place: (data, settings) =>
    logLinearProblem(data, {
      terms: 'roots',
      largestExponent: settings.largestExponent!,
      deepestFloor: settings.deepestFloor!,
      weightPull: settings.weightPull!,
    }),
  rebuild: (constants) => logLinearLaw('roots', constants.centre as number[]),
});
