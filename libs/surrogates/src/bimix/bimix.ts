import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate } from '../surrogate.js';
import { type BimixConstants, bimixLaw, bimixProblem } from './bimix-law.js';

const parameters = {
  ...lawParameters,
  maxIterations: { ...lawParameters.maxIterations, default: 1000 },
  clip: { default: 1e-3, above: 0, max: 0.1, meaning: 'weights below this count as this' },
  largestExponent: { default: 3, above: 0, max: 20, meaning: 'bound on alpha' },
} as const;

/** BiMix's mixing law; see bimix-law.ts. */
export const bimix: Surrogate = parametricSurrogate({
  name: 'bimix',
  summary: 'sum of power laws, one per domain (BiMix): each domain lowers the loss by its own share',
  parameters,
  minimumRows: () => 3,
  freeParameters: (m) => 2 * m + 1,
  approach: 100,
  place: (data, settings) => bimixProblem(data, settings.clip!, settings.largestExponent!),
  rebuild: (constants) => bimixLaw(constants as unknown as BimixConstants),
});
