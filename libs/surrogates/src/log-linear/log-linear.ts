import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate, SurrogateState } from '../surrogate.js';
import { logLinearLaw, logLinearProblem } from './log-linear-law.js';

const parameters = {
  ...lawParameters,
  largestExponent: {
    default: 40,
    above: 0,
    max: 200,
    meaning: 'bound on the exponents: two domains may differ by twice as much',
  },
  deepestFloor: {
    default: 30,
    above: 0,
    meaning: 'how far the floor c may lie below the least loss, in ranges of the losses (positive losses: not below 0)',
  },
} as const;

/** Olmix's form with a pull that holds exponents the runs do not decide; see log-linear-law.ts. */
export const logLinear: Surrogate = parametricSurrogate({
  name: 'log-linear',
  summary: 'c + exp(b + t.p): a floor plus one exponential of all weights',
  parameters,
  minimumRows: () => 3,
  freeParameters: (m) => m + 1,
  approach: 0,
  place: (data, settings) =>
    logLinearProblem(data, {
      terms: 'weights',
      weightPull: 1,
      largestExponent: settings.largestExponent!,
      deepestFloor: settings.deepestFloor!,
    }),
  rebuild: (constants) => logLinearLaw('weights', constants.centre as number[]),
});

/** c + exp(b + t.p) for exact optimisation: convex in p. */
export interface LogLinearParameters {
  readonly c: number;
  readonly b: number;
  /** m exponents, in the gauge sum t = 0 (see log-linear-law.ts). */
  readonly t: readonly number[];
}

/**
 * The parameters behind the state of a fitted `log-linear` or `mixing-law` surrogate; null for any other state.
 * Their law agrees with `predict` wherever the weights sum to 1.
 */
export function logLinearParameters(state: SurrogateState): LogLinearParameters | null {
  if (!isLogLinear(state)) return null;
  const { c, b, t } = logLinearLaw('weights', state.constants.centre).describe(Float64Array.from(state.theta)) as {
    c: number;
    b: number;
    t: number[];
  };
  return { c, b, t };
}

export type LogLinearState = SurrogateState & {
  readonly theta: readonly number[];
  readonly constants: { readonly law: 'log-linear'; readonly terms: 'weights'; readonly centre: readonly number[] };
};

export function isLogLinear(state: SurrogateState): state is LogLinearState {
  const constants = state.constants as { law?: unknown; terms?: unknown } | undefined;
  return constants?.law === 'log-linear' && constants.terms === 'weights';
}
