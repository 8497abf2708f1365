import { InvalidInputError } from '#libs/simplex';
import { autoscale } from './autoscale/autoscale.js';
import { bimix } from './bimix/bimix.js';
import { capacityAllocation } from './capacity-allocation/capacity-allocation.js';
import { restoreEnsemble } from './ensemble/ensemble.js';
import { isWithExperts, restoreWithExperts } from './expert-features/with-expert-features.js';
import { gp } from './gaussian-process/gaussian-process.js';
import { gbdt } from './gbdt/gbdt.js';
import { logLinear } from './log-linear/log-linear.js';
import { rootLogLinear } from './log-linear/root-log-linear.js';
import { mixingLaw } from './mixing-law/mixing-law.js';
import { mixingLawM4 } from './mixing-law/mixing-law-m4.js';
import { mixingLawProduct } from './mixing-law/mixing-law-product.js';
import { linear } from './ridge.js';
import type { FittedSurrogate, Surrogate, SurrogateState } from './surrogate.js';

/** One line per surrogate, simplest first. */
export const surrogates: readonly Surrogate[] = [
  linear,
  logLinear,
  rootLogLinear,
  mixingLaw,
  mixingLawM4,
  mixingLawProduct,
  bimix,
  autoscale,
  capacityAllocation,
  gp,
  gbdt,
];

/** The families that `auto` weighs against each other: a plane, convex laws, a smooth surface and steps. */
const members: readonly Surrogate[] = [linear, logLinear, rootLogLinear, gp, gbdt];

/** What `model` may be: "auto" or a surrogate's name. */
export const modelNames: readonly string[] = ['auto', ...surrogates.map(({ name }) => name)];

/** The surrogates `model` stands for: the members of the ensemble for "auto". Throws MODEL_UNKNOWN. */
export function surrogatesFor(model: string): readonly Surrogate[] {
  return model === 'auto' ? members : [surrogateNamed(model)];
}

function surrogateNamed(name: string): Surrogate {
  const found = surrogates.find((surrogate) => surrogate.name === name);
  if (found) return found;
  throw new InvalidInputError('MODEL_UNKNOWN', `unknown model "${name}"; known: ${modelNames.join(', ')}`, {
    argument: 'model',
    value: name,
    allowed: modelNames.join(', '),
  });
}

/** Rebuilds a fitted surrogate from its name and its `state()`. Throws MODEL_UNKNOWN. */
export function restoreSurrogate(name: string, state: SurrogateState): FittedSurrogate {
  if (name === 'auto') return restoreEnsemble(state, restoreSurrogate);
  if (isWithExperts(name)) return restoreWithExperts(name, state, restoreSurrogate);
  return surrogateNamed(name).restore(state);
}
