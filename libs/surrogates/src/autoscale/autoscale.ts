import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate } from '../surrogate.js';
import { autoscaleLaw, autoscaleProblem } from './autoscale-law.js';

const parameters = {
  ...lawParameters,
  maxIterations: { ...lawParameters.maxIterations, default: 1000 },
  largestExponent: { default: 5, above: 0, max: 20, meaning: 'bound on gamma' },
} as const;

/** AutoScale's law in Olmix's form; see autoscale-law.ts. */
export const autoscale: Surrogate = parametricSurrogate({
  name: 'autoscale',
  summary: 'sum of shifted power laws, one per domain (AutoScale): what the other domains are worth counts as data',
  parameters,
  minimumRows: () => 3,
  freeParameters: (m) => 2 * m + 2,
  approach: 100,
  place: (data, settings) => autoscaleProblem(data, settings.largestExponent!),
  rebuild: (constants) => autoscaleLaw(constants.domains as number, constants.unit as number),
});
