import type { ResolvedConstraints } from './constraints.js';
import type { RepetitionPricing } from './objective-model.js';
import type { RepeatedDomain, Repetition } from './proposal-document.js';
import {
  DATA_CONSTRAINED_LAW,
  effectiveTokens,
  REPETITION_DECAY,
  REPETITION_DECAY_DATA_ONLY,
  REPETITION_SOURCE,
  repetitionLoss,
} from './repetition-law.js';

type Known = Pick<ResolvedConstraints, 'available' | 'length' | 'tokens'>;

function effectiveOf(available: readonly number[], length: number, p: ArrayLike<number>, decay: number): Float64Array {
  return Float64Array.from(available, (unique, i) => effectiveTokens(unique, p[i]! * length, decay));
}

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

/** How repetition enters what is minimised; null when the tokens are not known. */
export function repetitionPricing({ tokens, length }: Known): RepetitionPricing | null {
  if (!tokens || length === null) return null;
  return {
    effectiveMixture(p) {
      const effective = effectiveOf(tokens, length, p, REPETITION_DECAY);
      const total = sum(effective);
      return total > 0 ? effective.map((count) => count / total) : Float64Array.from(p);
    },
    price: (p) => repetitionLoss(sum(effectiveOf(tokens, length, p, REPETITION_DECAY)), length),
  };
}

/** What the weights mean in repeated text; null when neither tokens nor shares are known. */
export function reportRepetition(
  names: readonly string[],
  { available, length, tokens }: Known,
  weights: ArrayLike<number>,
  inObjective: boolean,
): Repetition | null {
  if (!available || length === null) return null;
  const effective = effectiveOf(available, length, weights, REPETITION_DECAY);
  const dataOnly = effectiveOf(available, length, weights, REPETITION_DECAY_DATA_ONLY);
  const domains = Object.fromEntries(
    names.map((name, i): [string, RepeatedDomain] => {
      const trained = weights[i]! * length;
      const share = (count: number) => (trained > 0 ? count / trained : 1);
      return [
        name,
        {
          epochs: trained > 0 ? trained / available[i]! : 0,
          trained,
          effective: effective[i]!,
          efficiency: share(effective[i]!),
          efficiencyDataOnly: share(dataOnly[i]!),
        },
      ];
    }),
  );
  const price = (counts: Float64Array) => (tokens ? repetitionLoss(sum(counts), length) : null);
  return {
    law: {
      decay: REPETITION_DECAY,
      decayDataOnly: REPETITION_DECAY_DATA_ONLY,
      B: DATA_CONSTRAINED_LAW.B,
      beta: DATA_CONSTRAINED_LAW.exponent,
      source: REPETITION_SOURCE,
    },
    domains,
    efficiency: sum(effective) / length,
    efficiencyDataOnly: sum(dataOnly) / length,
    pricedLoss: price(effective),
    pricedLossDataOnly: price(dataOnly),
    inObjective,
  };
}
