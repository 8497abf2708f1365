import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { stackWeights } from './stack-weights.js';

function noise(seed: number, n: number, scale: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, () => scale * random.normal());
}

const rows = [...Array(200).keys()];

describe('stackWeights', () => {
  it('shares by inverse squared error when the errors are uncorrelated', () => {
    const weights = stackWeights([noise(1, 200, 1), noise(2, 200, 2)], rows);
    expect(weights[0]!).toBeCloseTo(0.8, 1);
  });

  it('without shrinkage finds the two-member optimum in closed form', () => {
    const [a, b] = [noise(3, 200, 1), noise(4, 200, 1.3)];
    const dot = (x: Float64Array, y: Float64Array) => x.reduce((s, v, i) => s + v * y[i]!, 0);
    const optimum = (dot(b, b) - dot(a, b)) / (dot(a, a) + dot(b, b) - 2 * dot(a, b));
    expect(stackWeights([a, b], rows, 0)[0]!).toBeCloseTo(optimum, 8);
  });

  it('stays on the simplex, whatever the errors', () => {
    const errors = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(errors, { minLength: 1, maxLength: 4 }), (members) => {
        const weights = stackWeights(
          members.map((e) => Float64Array.from(e)),
          [0, 1, 2, 3, 4, 5],
        );
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        for (const w of weights) expect(w).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('gives everything to members that make no error', () => {
    const zero = new Float64Array(200);
    expect(Array.from(stackWeights([noise(5, 200, 1), zero, zero], rows))).toEqual([0, 0.5, 0.5]);
  });
});
