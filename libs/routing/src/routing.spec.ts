import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRouting, loadEntropy, loadVariation, maximumViolation, mutualInformation } from './index.js';

const loadsOf = (domains: number, experts: number) =>
  fc.array(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: experts, maxLength: experts }), {
    minLength: domains,
    maxLength: domains,
  });
const entropyBits = (p: number[]) => p.reduce((sum, x) => sum - x * Math.log2(x), 0);

describe('mutual information of domain and expert', () => {
  it('is 0 where all domains are routed alike, and all of a domain’s entropy where none share an expert', () => {
    expect(
      mutualInformation([
        [10, 30],
        [20, 60],
      ]),
    ).toBeCloseTo(0, 12);
    expect(
      mutualInformation([
        [7, 3, 0, 0],
        [0, 0, 4, 6],
      ]),
    ).toBeCloseTo(1, 12);
    expect(
      mutualInformation([
        [30, 0],
        [0, 10],
      ]),
    ).toBeCloseTo(entropyBits([0.75, 0.25]), 12);
  });

  it('is that of a symmetric channel, 1 - H(error)', () => {
    expect(
      mutualInformation([
        [90, 10],
        [10, 90],
      ]),
    ).toBeCloseTo(1 - entropyBits([0.9, 0.1]), 12);
  });

  it('stays between 0 and log2 of the number of domains, and does not change with units or sides', () => {
    fc.assert(
      fc.property(loadsOf(3, 5), (loads) => {
        const bits = mutualInformation(loads);
        expect(bits).toBeGreaterThanOrEqual(0);
        expect(bits).toBeLessThanOrEqual(Math.log2(3));
        expect(mutualInformation(loads.map((row) => row.map((count) => count * 8)))).toBeCloseTo(bits, 10);
        expect(mutualInformation(loads[0]!.map((_, e) => loads.map((row) => row[e]!)))).toBeCloseTo(bits, 10);
      }),
    );
  });

  it('loses nothing when an expert is split in equal shares', () => {
    fc.assert(
      fc.property(loadsOf(2, 3), (loads) => {
        const split = loads.map(([first, ...rest]) => [first! / 2, first! / 2, ...rest]);
        expect(mutualInformation(split)).toBeCloseTo(mutualInformation(loads), 10);
      }),
    );
  });

  it('refuses what is no table of counts, saying what it got', () => {
    expect(() => mutualInformation([[1, 2], [3]])).toThrow('every domain needs 2 loads, one has 1');
    expect(() => mutualInformation([[1, -2]])).toThrow('loads must be numbers from 0 on, got -2');
    expect(() => mutualInformation([[0, 0]])).toThrow('loads must be at least one above 0, got [0,0]');
    expect(() => mutualInformation([])).toThrow('at least one above 0');
  });
});

describe('balance of loads', () => {
  it('has the closed forms of even loads, of one busy expert and of a known case', () => {
    expect([maximumViolation([5, 5, 5]), loadEntropy([5, 5, 5]), loadVariation([5, 5, 5])]).toEqual([0, 1, 0]);
    expect([maximumViolation([9, 0, 0, 0]), loadEntropy([9, 0, 0, 0])]).toEqual([3, 0]);
    expect(loadVariation([9, 0, 0, 0])).toBeCloseTo(Math.sqrt(3), 12);
    expect(maximumViolation([1, 2, 3])).toBeCloseTo(0.5, 12);
    expect(loadVariation([1, 2, 3])).toBeCloseTo(Math.sqrt(2 / 3) / 2, 12);
    expect(loadEntropy([1, 1, 2])).toBeCloseTo(entropyBits([0.25, 0.25, 0.5]) / Math.log2(3), 12);
    expect(loadEntropy([4])).toBe(1);
  });
});

describe('the routing of a run', () => {
  it('is told layer by layer, its balance over all domains', () => {
    const loads = [
      { layer: 1, domain: 'a', load: [4, 4] },
      { layer: 0, domain: 'a', load: [8, 0] },
      { layer: 0, domain: 'b', load: [0, 8] },
      { layer: 1, domain: 'b', load: [6, 2] },
    ];
    const [first, second] = describeRouting(loads);
    expect(first).toEqual({ layer: 0, mutualInformationBits: 1, maximumViolation: 0, entropy: 1, variation: 0 });
    expect(second).toMatchObject({ layer: 1, maximumViolation: 10 / 8 - 1, variation: 0.25 });
    expect(describeRouting([])).toEqual([]);
  });
});
