import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capViolations } from './caps.js';
import { l1Distance } from './distance.js';
import { InvalidInputError } from './invalid-input.error.js';
import { logSpaced, regmixDesign } from './regmix-design.js';

const sumInOrder = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);

describe('regmixDesign', () => {
  const prior = [0.5, 0.3, 0.15, 0.04, 0.01];

  it('gives the asked number of distinct mixtures on the grid that sum to exactly 1', () => {
    const design = regmixDesign({ prior, runs: 64, seed: 42 });
    expect(design).toHaveLength(64);
    for (const row of design) {
      expect(sumInOrder(row)).toBe(1);
      for (const w of row) expect(Math.abs(w / 2e-4 - Math.round(w / 2e-4))).toBeLessThan(1e-6);
      expect(capViolations(row, [1, 1, 1, 0.6, 0.15])).toEqual([]);
    }
    for (const a of design) for (const b of design) if (a !== b) expect(l1Distance(a, b)).toBeGreaterThan(1e-5);
  });

  it('is the same for the same seed and another for another', () => {
    expect(regmixDesign({ prior, runs: 8, seed: 1 })).toEqual(regmixDesign({ prior, runs: 8, seed: 1 }));
    expect(regmixDesign({ prior, runs: 8, seed: 1 })).not.toEqual(regmixDesign({ prior, runs: 8, seed: 2 }));
  });

  it('spreads further than the prior: its mean follows the tempered prior', () => {
    const design = regmixDesign({ prior, runs: 1500, seed: 3, maximumUsage: 1000 });
    const roots = prior.map(Math.sqrt);
    prior.forEach((_, i) => {
      const mean = design.reduce((s, row) => s + row[i]!, 0) / design.length;
      // Dropping duplicates thins out one-hot mixtures, so the agreement is loose.
      expect(Math.abs(mean - roots[i]! / sumInOrder(roots))).toBeLessThan(0.05);
    });
  });

  it('keeps within the caller’s caps after rounding, whatever they are', () => {
    const caps = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(caps, fc.nat(1000), (upper, seed) => {
        fc.pre(sumInOrder(upper) > 2);
        let design: number[][];
        try {
          design = regmixDesign({ prior: [0.2, 0.2, 0.2, 0.2, 0.2], runs: 5, seed, caps: upper });
        } catch (error) {
          expect((error as InvalidInputError).code).toBe('DESIGN_EXHAUSTED');
          return;
        }
        for (const row of design) {
          expect(sumInOrder(row)).toBe(1);
          expect(capViolations(row, upper)).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('takes any floor, and none', () => {
    for (const minimumWeight of [0, 0.003, 0.05]) {
      for (const row of regmixDesign({ prior, runs: 10, seed: 4, minimumWeight })) {
        expect(sumInOrder(row)).toBe(1);
        // A weight at the floor may be rounded down with the residue of the sum, never below half of it.
        for (const w of row) expect(w === 0 || w >= minimumWeight / 2).toBe(true);
      }
    }
  });

  it('names the domain that rejects most when the caps leave too little', () => {
    const domains = ['web', 'code', 'mail'];
    const work = () =>
      regmixDesign({
        prior: [0.9, 0.05, 0.05],
        domains,
        runs: 50,
        seed: 1,
        caps: [0.34, 0.5, 0.5],
        minStrength: 0.1,
        maxStrength: 0.2,
      });
    expect(work).toThrow(InvalidInputError);
    expect(work).toThrow(/"web" rejects most/);
  });

  it('refuses caps that admit no mixture, naming them', () => {
    const domains = ['web', 'code'];
    expect(() => regmixDesign({ prior: [0.5, 0.5], domains, runs: 2, seed: 1, caps: [0.3, 0.4] })).toThrow(
      /0\.3 short of 1\. Binding: "web" <= 0\.3, "code" <= 0\.4/,
    );
  });

  it('has one mixture to offer when there is one domain', () => {
    expect(regmixDesign({ prior: [1], runs: 1, seed: 1 })).toEqual([[1]]);
    expect(() => regmixDesign({ prior: [1], runs: 8, seed: 1 })).toThrow(/only 1 distinct mixtures/);
  });

  it.each([
    [{ runs: 0 }, /runs must be an integer in \[1/],
    [{ prior: [0.5, 0.4] }, /they sum to 0.9/],
    [{ minStrength: 2, maxStrength: 1 }, /maxStrength/],
    [{ caps: [1] }, /5 domains but 1 caps/],
  ])('refuses %j', (wrong, message) => {
    expect(() => regmixDesign({ prior, runs: 4, seed: 1, ...wrong })).toThrow(message);
  });
});

describe('logSpaced', () => {
  it('includes both ends', () => {
    const values = logSpaced(0.1, 5, 15);
    expect(values).toHaveLength(15);
    expect(values[0]).toBeCloseTo(0.1, 12);
    expect(values[14]).toBeCloseTo(5, 12);
    expect(values[7]).toBeCloseTo(Math.sqrt(0.5), 12);
    expect(logSpaced(2, 2, 1)).toEqual([expect.closeTo(2, 12)]);
  });
});
