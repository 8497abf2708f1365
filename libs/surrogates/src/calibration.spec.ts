import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { calibrate, measureCoverage, narrowed } from './calibration.js';

const numbers = (n: number) => Float64Array.from({ length: n }, (_, i) => i + 1);

describe('calibrate', () => {
  it('takes the conformal ranks of the errors, or nothing when there are too few', () => {
    expect(calibrate(numbers(19), null)).toMatchObject({ half50: 10, half90: 18 });
    expect(calibrate(numbers(9), null)).toMatchObject({ half50: 5, half90: 9 });
    expect(calibrate(numbers(8), null)).toMatchObject({ half50: 5, half90: null });
  });

  it('measures errors in the surrogate’s own standard errors, but believes none that is far too small', () => {
    const residuals = Float64Array.from([2, -2, 2, -2, 2]);
    const errors = Float64Array.from([1, 1, 1, 1, 1e-9]);
    const { scale, floor } = calibrate(residuals, errors);
    expect(floor).toBe(0.25);
    expect(scale).toBeCloseTo(Math.sqrt((4 * 4 + 64) / 5), 12);
  });
});

describe('narrowed', () => {
  it('allows for the rows that out-of-fold fits lack, as the learning curve says and no further', () => {
    const calibration = { floor: 0.1, scale: 2, half50: 1, half90: null };
    expect(narrowed(calibration, 0.125, 0.8).scale).toBeCloseTo(2 * Math.sqrt(Math.sqrt(Math.sqrt(0.8))), 12);
    expect(narrowed(calibration, 3, 0.8).half50).toBeCloseTo(Math.sqrt(Math.sqrt(0.8)), 12);
    expect(narrowed(calibration, -1, 0.8)).toEqual(calibration);
    expect(narrowed(calibration, 0, 0.8)).toEqual(calibration);
  });
});

describe('measureCoverage', () => {
  it('is near the level on errors whose size varies as the standard errors say', () => {
    const random = createRandom(1);
    const errors = Float64Array.from({ length: 500 }, (_, r) => 0.1 + (r % 10));
    const residuals = errors.map((s) => 0.5 * s * random.normal());
    const folds = { foldOf: Int32Array.from(errors, (_, r) => r % 5), count: 5, distinct: 500 };
    const { p50, p90, rows } = measureCoverage(residuals, errors, folds);
    expect(rows).toBe(500);
    expect(Math.abs(p50! - 0.5)).toBeLessThan(0.07);
    expect(Math.abs(p90! - 0.9)).toBeLessThan(0.04);
  });

  it('is unknown where the other folds are too few to make an interval', () => {
    const folds = { foldOf: Int32Array.from([0, 1, 2, 3, 4, 0]), count: 5, distinct: 6 };
    expect(measureCoverage(numbers(6), null, folds)).toEqual({ p50: null, p90: null, rows: 0 });
  });
});
