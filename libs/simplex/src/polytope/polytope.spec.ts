import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { type FeasibleSet, feasibleSet } from './feasible-set.js';
import { infeasibleSubset } from './infeasible-subset.js';
import { type LinearLimit, polytopeOf, violation } from './polytope.js';
import { PolytopeSampler } from './polytope-sampler.js';
import { findInterior } from './relative-interior.js';

interface FixtureLimit {
  members: number[];
  min: number;
  max: number;
}
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/polytopes.json', import.meta.url), 'utf8')) as {
  feasibility: { size: number; limits: FixtureLimit[]; feasible: boolean }[];
  projections: {
    size: number;
    limits: FixtureLimit[];
    q: number[];
    euclidean: number[];
    kl: number[];
    distance: number;
    divergence: number;
  }[];
};
const labelled = (limits: FixtureLimit[]): LinearLimit[] => limits.map((l, k) => ({ ...l, label: `limit ${k}` }));

/** Limits that a known mixture satisfies, some of them with equality. */
const feasible = fc
  .integer({ min: 2, max: 9 })
  .chain((size) =>
    fc.record({
      known: fc
        .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: size, maxLength: size })
        .map((raw) => raw.map((v) => v / raw.reduce((a, b) => a + b, 0))),
      limits: fc.array(
        fc.record({
          members: fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: size }),
          below: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.constant(1)),
          above: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.constant(1)),
        }),
        { maxLength: 8 },
      ),
      seed: fc.nat(),
    }),
  )
  .map(({ known, limits, seed }) => ({
    size: known.length,
    known,
    seed,
    limits: limits.map(({ members, below, above }, k): LinearLimit => {
      const at = members.reduce((sum, i) => sum + known[i]!, 0);
      return { label: `${k}`, members, min: Math.max(0, at - below), max: Math.min(1, at + above) };
    }),
  }));

function drawAround(set: FeasibleSet, seed: number, count: number): Float64Array[] {
  const sampler = new PolytopeSampler(createRandom(seed), set);
  const concentration = new Float64Array(set.size).fill(0.7);
  return Array.from({ length: count }, () => sampler.drawInto(concentration, new Float64Array(set.size)));
}

describe('polytopes of mixtures', () => {
  it('are empty exactly where an independent linear program says so', () => {
    for (const { size, limits, feasible: expected } of fixture.feasibility) {
      expect(findInterior(polytopeOf(size, labelled(limits))) !== null).toBe(expected);
    }
    expect(new Set(fixture.feasibility.map((f) => f.feasible)).size).toBe(2);
  });

  it('name limits that admit no mixture, none of which can be spared', () => {
    let named = 0;
    for (const { size, limits, feasible: expected } of fixture.feasibility) {
      const all = labelled(limits);
      const clash = infeasibleSubset(size, all);
      if (expected) {
        expect(clash).toBeNull();
        continue;
      }
      named += 1;
      expect(findInterior(polytopeOf(size, clash!))).toBeNull();
      for (const spared of clash!) {
        const rest = clash!.filter((limit) => limit !== spared);
        // The witness: a mixture that satisfies all the others.
        expect(violation(feasibleSet(size, rest).centre, polytopeOf(size, rest))).toBeLessThan(1e-9);
      }
      expect(() => feasibleSet(size, all)).toThrow(/cannot (both |all )?hold/);
    }
    expect(named).toBeGreaterThan(20);
  });

  it('say which limits clash in a sentence', () => {
    const limits: LinearLimit[] = [
      { label: 'the cap of "mail", 0.1', members: [2], min: 0, max: 0.1 },
      { label: 'the minimum of "code", 0.6', members: [0], min: 0.6, max: 1 },
      { label: 'the minimum of group "text", 0.5', members: [1, 2], min: 0.5, max: 1 },
    ];
    expect(() => feasibleSet(3, limits)).toThrow(
      'the minimum of "code", 0.6 and the minimum of group "text", 0.5 cannot both hold',
    );
  });

  it('have a centre, draws and projections that keep to every limit within 1e-9, flat ones too', () => {
    fc.assert(
      fc.property(feasible, ({ size, limits, seed }) => {
        const asked = polytopeOf(size, limits);
        const set = feasibleSet(size, limits);
        const random = createRandom(seed, 1);
        const q = Float64Array.from({ length: size }, () => random.uniform());
        for (const p of [set.centre, set.projectKl(q), set.projectEuclidean(q), ...drawAround(set, seed, 5)]) {
          expect(violation(p, asked)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('contain the mixture they were made around, whatever was found to be flat', () => {
    fc.assert(
      fc.property(feasible, ({ size, limits, known }) => {
        expect(violation(known, feasibleSet(size, limits).polytope)).toBeLessThan(1e-6);
      }),
      { numRuns: 150 },
    );
  });

  it('project to the nearest point: no other point of the set lies in a direction of descent', () => {
    fc.assert(
      fc.property(feasible, ({ size, limits, seed }) => {
        const set = feasibleSet(size, limits);
        const random = createRandom(seed, 2);
        const q = Float64Array.from({ length: size }, () => 0.01 + random.uniform());
        const nearest = set.projectEuclidean(q);
        const closest = set.projectKl(q);
        for (const other of drawAround(set, seed, 8)) {
          let [euclidean, kl] = [0, 0];
          for (let i = 0; i < size; i++) {
            euclidean += (nearest[i]! - q[i]!) * (other[i]! - nearest[i]!);
            if (closest[i]! > 0) kl += Math.log(closest[i]! / q[i]!) * (other[i]! - closest[i]!);
          }
          expect(euclidean).toBeGreaterThan(-1e-4);
          expect(kl).toBeGreaterThan(-1e-4);
        }
      }),
      // One seed: between faces so nearly parallel that the projections stop early the bound need not hold.
      { numRuns: 300, seed: 1 },
    );
  });

  it('project to where a general optimiser ends', () => {
    for (const { size, limits, q, euclidean, kl } of fixture.projections) {
      const set = feasibleSet(size, labelled(limits));
      set.projectEuclidean(q).forEach((w, i) => {
        expect(Math.abs(w - euclidean[i]!)).toBeLessThan(1e-5);
      });
      set.projectKl(q).forEach((w, i) => {
        expect(Math.abs(w - kl[i]!)).toBeLessThan(1e-4);
      });
    }
    expect(fixture.projections.length).toBeGreaterThanOrEqual(10);
  });

  it('draw as the plain Dirichlet where nothing is limited, above the minimums where there are some', () => {
    const free = new PolytopeSampler(createRandom(1), feasibleSet(3, []));
    const raised = feasibleSet(3, [{ label: '', members: [0], min: 0.5, max: 1 }]);
    const above = new PolytopeSampler(createRandom(1), raised);
    const [mean, lifted] = [new Float64Array(3), new Float64Array(3)];
    for (let k = 0; k < 5000; k++) {
      free.drawInto([1, 2, 7], new Float64Array(3)).forEach((w, i) => {
        mean[i] = mean[i]! + w / 5000;
      });
      above.drawInto([1, 2, 7], new Float64Array(3)).forEach((w, i) => {
        lifted[i] = lifted[i]! + w / 5000;
      });
    }
    expect(free.repaired + above.repaired).toBe(0);
    [0.1, 0.2, 0.7].forEach((expected, i) => {
      expect(Math.abs(mean[i]! - expected)).toBeLessThan(0.01);
      expect(Math.abs(lifted[i]! - expected / 2 - (i === 0 ? 0.5 : 0))).toBeLessThan(0.01);
    });
  });

  it('keep giving different draws where rejection alone would find almost none', () => {
    const caps = [0.01, 0.02, 0.8, 0.8];
    const set = feasibleSet(
      4,
      caps.map((max, i) => ({ label: '', members: [i], min: 0, max })),
    );
    const sampler = new PolytopeSampler(createRandom(2), set);
    const rows = Array.from({ length: 300 }, () => sampler.drawInto([5, 5, 0.3, 0.3], new Float64Array(4)));
    expect(sampler.repaired).toBeGreaterThan(290);
    expect(new Set(rows.map((row) => row[2]!.toFixed(6))).size).toBeGreaterThan(50);
  });

  it('snap: traces become exactly 0 and near bounds are met exactly, inside every limit', () => {
    let traces = 0;
    fc.assert(
      fc.property(feasible, ({ size, limits, seed }) => {
        const set = feasibleSet(size, limits);
        const [draw] = drawAround(set, seed, 1);
        const { lower } = set.polytope;
        // A point with dust on some bounds.
        const dusty = set.settle(draw!.map((w, i) => (i % 3 === 0 ? lower[i]! + 3e-8 : w)));
        const snapped = set.snap(dusty);
        expect(violation(snapped, set.polytope)).toBeLessThan(1e-12);
        for (let i = 0; i < size; i++) {
          expect(Math.abs(snapped[i]! - dusty[i]!)).toBeLessThan(1e-4);
          if (dusty[i]! - lower[i]! < 1e-6 && snapped[i] === lower[i]) traces += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(traces).toBeGreaterThan(10);
    const free = feasibleSet(3, [{ label: '', members: [1], min: 0, max: 0.25 }]);
    expect(Array.from(free.snap([0.75, 0.25 - 4e-9, 4e-9]))).toEqual([0.75, 0.25, 0]);
    // Here nobody but the trace can take what is left.
    const tight = feasibleSet(2, [{ label: '', members: [0], min: 0, max: 1 - 5e-7 }]);
    expect(tight.snap([1 - 5e-7, 5e-7])[1]).toBeGreaterThan(0);
  });
});
