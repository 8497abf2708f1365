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
  const values = new Float32Array(layout.reduce((total, { size }) => total + size, 0));
  let offset = 0;
  for (const { size, decays } of layout) {
    if (decays) values.fill(weightDecay, offset, offset + size);
    offset += size;
  }
  return values;
}
