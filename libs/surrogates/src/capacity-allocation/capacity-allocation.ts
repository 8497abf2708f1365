import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate } from '../surrogate.js';
import { type CapacityConstants, capacityAllocationLaw, capacityAllocationProblem } from './capacity-allocation-law.js';

const parameters = {
  ...lawParameters,
  maxIterations: { ...lawParameters.maxIterations, default: 300 },
  starts: { ...lawParameters.starts, default: 2 },
  leastCapacity: { default: 0.005, above: 0, max: 0.5, meaning: 'H: least share of the model that a domain keeps' },
  weightFloor: { default: 0.005, above: 0, max: 0.1, meaning: 'added to every weight in the data term' },
  largestExponent: { default: 2, above: 0.01, max: 10, meaning: 'bound on a and b' },
} as const;

/** The capacity-allocation law at one scale; see capacity-allocation-law.ts. */
export const capacityAllocation: Surrogate = parametricSurrogate({
  name: 'capacity-allocation',
  summary: 'capacity-allocation law: domains compete for the model, which divides itself to minimise its training loss',
  parameters,
  minimumRows: (m) => m + 1,
  freeParameters: (m) => 5 * m + 1,
  approach: 100,
  place: (data, settings) =>
    capacityAllocationProblem(data, {
      leastCapacity: settings.leastCapacity!,
      weightFloor: settings.weightFloor!,
      largestExponent: settings.largestExponent!,
    }),
  rebuild: (constants) => capacityAllocationLaw(constants as unknown as CapacityConstants),
});
