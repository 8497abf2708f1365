import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import cases from '../fixtures/ridge.json' with { type: 'json' };
import { linear } from './ridge.js';

describe('linear', () => {
  it.each(cases)('agrees with numpy’s closed form at lambda $lambda', (c) => {
    const fitted = linear.fit(c.mixtures, c.losses, { lambda: c.lambda });
    const { intercept, coefficients } = fitted.describe() as { intercept: number; coefficients: number[] };
    expect(intercept).toBeCloseTo(c.intercept, 9);
    coefficients.forEach((w, i) => {
      expect(w).toBeCloseTo(c.coefficients[i]!, 9);
    });
    fitted.predict(c.newMixtures).forEach((p, i) => {
      expect(p).toBeCloseTo(c.predictions[i]!, 9);
    });
    fitted.standardErrors(c.newMixtures)!.forEach((error, i) => {
      expect(error / c.standardErrors[i]!).toBeCloseTo(1, 8);
    });
  });

  it('is the same after a round trip through JSON', () => {
    const { mixtures, losses, newMixtures } = cases[0]!;
    const fitted = linear.fit(mixtures, losses);
    const restored = linear.restore(JSON.parse(JSON.stringify(fitted.state())));
    expect(restored.predict(newMixtures)).toEqual(fitted.predict(newMixtures));
    expect(restored.standardErrors(newMixtures)).toEqual(fitted.standardErrors(newMixtures));
    expect({ ...restored.describe(), residual: restored.residual }).toEqual({
      ...fitted.describe(),
      residual: fitted.residual,
    });
  });

  it('gives the noise it was given, wider away from the rows, and none from a single row', () => {
    const random = createRandom(11);
    const mixtures = Array.from({ length: 400 }, () => sampleDirichlet(random, [4, 4, 4]));
    const losses = mixtures.map((p) => 2 + p[0]! + 0.1 * random.normal());
    const [centre, corner] = linear.fit(mixtures, losses).standardErrors([
      [1 / 3, 1 / 3, 1 / 3],
      [1, 0, 0],
    ])!;
    expect(Math.abs(centre! / 0.1 - 1)).toBeLessThan(0.12);
    expect(corner).toBeGreaterThan(centre!);
    expect(linear.fit([[1, 0]], [1]).standardErrors([[1, 0]])).toBeNull();
  });

  it('follows a constant added to the losses and the order of the domains', () => {
    const { mixtures, losses, newMixtures } = cases[0]!;
    const base = linear.fit(mixtures, losses).predict(newMixtures);
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (shift) => {
        const moved = linear.fit(
          mixtures,
          losses.map((y) => y + shift),
        );
        moved.predict(newMixtures).forEach((p, i) => {
          expect(p).toBeCloseTo(base[i]! + shift, 8);
        });
      }),
      { numRuns: 30 },
    );
    const turned = linear.fit(
      mixtures.map((row) => row.toReversed()),
      losses,
    );
    turned.predict(newMixtures.map((row) => row.toReversed())).forEach((p, i) => {
      expect(p).toBeCloseTo(base[i]!, 9);
    });
  });

  it('says what is wrong with its input', () => {
    expect(() => linear.fit([], [])).toThrow(/mixtures has 0 rows; at least 1/);
    expect(() => linear.fit([[1, 0], [0.5]], [1, 2])).toThrow(/mixtures\[1\] has 1 weights; 2 are needed/);
    expect(() => linear.fit([[1, 0]], [1, 2])).toThrow(/1 mixtures but 2 losses/);
    expect(() => linear.fit([[1, Number.NaN]], [1])).toThrow(/mixtures\[0\]\[1\] must be finite; got NaN/);
    expect(() => linear.fit([[1, 0]], [Number.POSITIVE_INFINITY])).toThrow(/losses\[0\] must be finite/);
    expect(() => linear.fit([[1, 0]], [1], { lambda: 0 })).toThrow(/lambda must be a number in \(0, inf\); got 0/);
    expect(() => linear.fit([[1, 0]], [1], { ridge: 1 })).toThrow(/unknown parameter "ridge"; known: lambda/);
    expect(() => linear.fit([[1, 0]], [1]).predict([[1, 0, 0]])).toThrow(/has 3 weights; 2 are needed/);
  });
});
