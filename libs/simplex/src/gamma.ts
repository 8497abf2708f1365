// Marsaglia & Tsang, "A simple method for generating gamma variables" (2000), for shape >= 1. For shape a < 1,
// G(a) = G(a + 1) U^(1/a), taken in logarithms: at a = 0.001 the variate itself underflows to zero in most draws
// and a Dirichlet built from such zeros would be 0/0.
import { InvalidInputError } from './invalid-input.error.js';
import type { Random } from './random.js';

function logGammaAtLeastOne(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const t = 1 + c * x;
    if (t <= 0) continue;
    const v = t * t * t;
    const u = 1 - random.uniform(); // (0, 1], so that the logarithm is finite
    const x2 = x * x;
    if (u < 1 - 0.0331 * x2 * x2 || Math.log(u) < 0.5 * x2 + d * (1 - v + Math.log(v))) return Math.log(d * v);
  }
}

/** The logarithm of a Gamma(shape, 1) variate; finite for every shape above about 1e-306. */
export function sampleLogGamma(random: Random, shape: number): number {
  if (!(shape > 0) || !Number.isFinite(shape)) {
    throw new InvalidInputError('OUT_OF_RANGE', `shape must be a number in (0, inf); got ${shape}`, {
      argument: 'shape',
      value: shape,
      allowed: '(0, inf)',
    });
  }
  if (shape >= 1) return logGammaAtLeastOne(random, shape);
  const boosted = logGammaAtLeastOne(random, shape + 1);
  return boosted + Math.log(1 - random.uniform()) / shape;
}

/** A Gamma(shape, 1) variate; may underflow to 0 for tiny shapes, where `sampleLogGamma` does not. */
export function sampleGamma(random: Random, shape: number): number {
  return Math.exp(sampleLogGamma(random, shape));
}
