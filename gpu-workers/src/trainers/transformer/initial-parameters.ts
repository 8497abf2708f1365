import type { Random } from '#libs/simplex';
import type { ParameterSlot } from './parameter-layout.js';

/** The flat vector of initial values. */
export function initialParameters(layout: readonly ParameterSlot[], random: Random): Float32Array {
  const values = new Float32Array(layout.reduce((total, { size }) => total + size, 0));
  let offset = 0;
  for (const { size, deviation } of layout) {
    if (deviation === 0) values.fill(1, offset, offset + size);
    else for (let i = 0; i < size; i++) values[offset + i] = deviation * random.normal();
    offset += size;
  }
  return values;
}

/** Each parameter's weight-decay coefficient, flat. */
export function decayCoefficients(layout: readonly ParameterSlot[], weightDecay: number): Float32Array {
  return perParameter(layout, ({ decays }) => (decays ? weightDecay : 0));
}

/** Each parameter's factor on the learning rate, flat; undefined where all are 1. */
export function rateFactors(layout: readonly ParameterSlot[]): Float32Array | undefined {
  return layout.every(({ rate }) => rate === 1) ? undefined : perParameter(layout, ({ rate }) => rate);
}

function perParameter(layout: readonly ParameterSlot[], coefficientOf: (slot: ParameterSlot) => number): Float32Array {
  const values = new Float32Array(layout.reduce((total, { size }) => total + size, 0));
  let offset = 0;
  for (const slot of layout) {
    values.fill(coefficientOf(slot), offset, offset + slot.size);
    offset += slot.size;
  }
  return values;
}
