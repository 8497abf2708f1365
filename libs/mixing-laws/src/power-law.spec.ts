import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import oracle from '../fixtures/power-law.json' with { type: 'json' };
import { fitPowerLaw } from './power-law.js';

describe('fitPowerLaw', () => {
  it('reaches what scipy reaches from many starts, an outlier and all', () => {
    const fit = fitPowerLaw(oracle, { delta: oracle.delta, prior: oracle.prior });
    expect(fit.converged).toBe(true);
    expect(fit.exponent).toBeCloseTo(oracle.exponent, 4);
    oracle.floors.forEach((floor, c) => {
      expect(fit.floors[c]).toBeCloseTo(floor, 4);
    });
    oracle.amplitudes.forEach((amplitude, c) => {
      expect(fit.amplitudes[c]).toBeCloseTo(amplitude, 4);
    });
  });

  const scales = [1e9, 2e9, 3e9, 5e9, 8e9];
  const rowsOf = (curves: readonly (readonly [number, number])[], exponent: number) => ({
    scales: curves.flatMap(() => scales),
    curves: curves.flatMap((_, c) => scales.map(() => c)),
    losses: curves.flatMap(([floor, amplitude]) =>
      scales.map((s) => floor + amplitude * Math.exp(-exponent * Math.log(s / 2e9))),
    ),
  });

  it('recovers the exponent and continues noise-free curves exactly', () => {
    const curve = fc.tuple(fc.double({ min: 0.5, max: 3, noNaN: true }), fc.double({ min: 0.2, max: 2, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(curve, { minLength: 2, maxLength: 4 }),
        fc.double({ min: 0.15, max: 1.5, noNaN: true }),
        (curves, exponent) => {
          const fit = fitPowerLaw(rowsOf(curves, exponent), { prior: { exponent: 0.5, weight: 0 } });
          expect(Math.abs(fit.exponent - exponent)).toBeLessThan(1e-3);
          curves.forEach(([floor, amplitude], c) => {
            const truth = floor + amplitude * Math.exp(-exponent * Math.log(4e10 / 2e9));
            expect(Math.abs(fit.predict(c, 4e10) - truth)).toBeLessThan(1e-3 * truth);
          });
        },
      ),
      { numRuns: 20, seed: 1 },
    );
  });

  it('says that two scales do not determine the exponent, and takes the prior', () => {
    const fit = fitPowerLaw(
      { scales: [1e8, 3e8], curves: [0, 0], losses: [3, 2.8] },
      { prior: { exponent: 0.34, weight: 1e-3 } },
    );
    expect(fit.exponentDetermined).toBe(false);
    expect(fit.exponent).toBeCloseTo(0.34, 3);
  });

  it('answers a rising curve with a constant, and never with a negative floor', () => {
    const rising = fitPowerLaw({ scales: [1, 2, 4], curves: [0, 0, 0], losses: [1, 1.1, 1.2] });
    expect(rising.amplitudes[0]).toBe(0);
    const steep = fitPowerLaw(
      { scales: [1, 2, 4], curves: [0, 0, 0], losses: [1, 0.4, 0.1] },
      { exponents: [0.1, 0.1] },
    );
    expect(steep.floors[0]).toBeGreaterThanOrEqual(0);
  });

  it('names the argument, its value and what is allowed', () => {
    expect(() => fitPowerLaw({ scales: [1, 0], curves: [0, 0], losses: [1, 1] })).toThrow(/scales\[1\].*\(0.*got 0/);
    expect(() => fitPowerLaw({ scales: [1], curves: [0, 0], losses: [1, 1] })).toThrow(/equally many/);
    expect(() => fitPowerLaw({ scales: [1], curves: [0], losses: [1] }).predict(2, 1)).toThrow(
      /curve must be in \[0, 0\]/,
    );
  });
});
