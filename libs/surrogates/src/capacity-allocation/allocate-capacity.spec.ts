import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateCapacity } from './allocate-capacity.js';

const domain = fc.record({
  weight: fc.oneof(fc.constant(0), fc.double({ min: 1e-4, max: 1, noNaN: true })),
  c: fc.double({ min: 0.05, max: 20, noNaN: true }),
  b: fc.double({ min: 0.02, max: 2, noNaN: true }),
});
type Domain = { weight: number; c: number; b: number };

function allocate(domains: readonly Domain[], floor: number): number[] {
  const log = new Float64Array(domains.length);
  allocateCapacity(
    Float64Array.from(domains, ({ weight, c, b }) => Math.log(weight * b * c)),
    Float64Array.from(domains, ({ b }) => b),
    Math.log(floor),
    log,
  );
  return Array.from(log, Math.exp);
}

const cost = (domains: readonly Domain[], x: readonly number[]) =>
  domains.reduce((sum, { weight, c, b }, j) => sum + weight * c * Math.exp(-b * Math.log(x[j]!)), 0);

describe('allocateCapacity', () => {
  it('spends the budget, keeps the floor, and has one marginal benefit above it', () => {
    fc.assert(
      fc.property(
        fc.array(domain, { minLength: 2, maxLength: 8 }).filter((all) => all.some(({ weight }) => weight > 0)),
        fc.double({ min: 0.001, max: 0.05, noNaN: true }),
        (domains, floor) => {
          const x = allocate(domains, floor);
          expect(x.reduce((a, b) => a + b)).toBeCloseTo(1 + (domains.length - 1) * floor, 8);
          const benefit = domains.map(({ weight, c, b }, j) => weight * c * b * Math.exp(-(b + 1) * Math.log(x[j]!)));
          const above = benefit.filter((_, j) => x[j]! > floor * (1 + 1e-9));
          const lambda = above[0]!;
          for (const value of above) expect(value / lambda).toBeCloseTo(1, 6);
          benefit.forEach((value, j) => {
            expect(x[j]!).toBeGreaterThanOrEqual(floor * (1 - 1e-12));
            expect(value).toBeLessThanOrEqual(lambda * (1 + 1e-6));
          });
        },
      ),
      { numRuns: 200, seed: 4 },
    );
  });

  it('costs no more than any shift of capacity between two domains', () => {
    const domains = [
      { weight: 0.5, c: 1, b: 0.3 },
      { weight: 0.3, c: 4, b: 0.8 },
      { weight: 0.2, c: 0.2, b: 0.5 },
      { weight: 0, c: 3, b: 0.5 },
    ];
    const x = allocate(domains, 0.01);
    expect(x[3]).toBeCloseTo(0.01, 12);
    const least = cost(domains, x);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const moved = x.map((v, k) => v + (k === i ? 1e-3 : 0) - (k === j ? 1e-3 : 0));
        if (i !== j && moved[j]! >= 0.01) expect(cost(domains, moved)).toBeGreaterThan(least);
      }
    }
  });
});
