import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleWithoutReplacement } from '#libs/simplex';
import { HALF_90, predictFinalLosses, type RungCurve } from './final-losses.js';

const steps = [50, 100, 150, 200, 250, 300];

/** Curves of one law, whose levels and falls differ a little from run to run, up to step 300 of 1000. */
function curves(count: number, seed: number, noise: number): (RungCurve & { final: number })[] {
  const random = createRandom(seed, 4);
  return Array.from({ length: count }, () => {
    const floor = 2 + 0.3 * random.uniform();
    const fall = 1 + 0.1 * random.uniform();
    const at = (step: number) => floor + fall * Math.exp(-0.5 * Math.log(step / 100)) + noise * random.normal();
    return { steps, losses: steps.map(at), final: at(1000) };
  });
}

const open = <T extends RungCurve>(list: readonly T[]): RungCurve[] => list.map((curve) => ({ ...curve, final: null }));

describe('predictFinalLosses', () => {
  it('continues the law of the steps before any run has ended', () => {
    const all = curves(12, 1, 0.002);
    const { basis, finished, runs } = predictFinalLosses(open(all), 1000);
    expect([basis, finished]).toEqual(['step-law', 0]);
    runs.forEach((run, i) => {
      expect(Math.abs(run!.mean - all[i]!.final)).toBeLessThan(0.06);
      expect(run!.ownError).toBeLessThan(run!.standardError / 2);
    });
  });

  it('goes by the runs that ended once eight have, and knows theirs', () => {
    const all = curves(40, 2, 0.002);
    // A decaying rate, which no law of the first steps foresees, takes everything down by as much again.
    const decayed = all.map((curve, i) => ({ ...curve, final: i < 8 ? curve.final - 0.4 : null }));
    const { basis, finished, runs } = predictFinalLosses(decayed, 1000);
    expect([basis, finished]).toEqual(['finished-runs', 8]);
    expect(runs[0]).toEqual({ mean: decayed[0]!.final, standardError: 0, ownError: 0 });
    let inside = 0;
    for (let i = 8; i < 40; i++) {
      const error = all[i]!.final - 0.4 - runs[i]!.mean;
      expect(Math.abs(error)).toBeLessThan(0.06);
      if (Math.abs(error) <= HALF_90 * runs[i]!.standardError) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(26);
  });

  it('is less sure of a run that is far from all that ended', () => {
    const all = curves(10, 3, 0.002).map((curve, i) => ({ ...curve, final: i < 9 ? curve.final : null }));
    const near = predictFinalLosses(all, 1000).runs[9]!;
    const bad = all.map((curve, i) => (i < 9 ? curve : { ...curve, losses: curve.losses.map((loss) => loss + 2) }));
    const far = predictFinalLosses(bad, 1000).runs[9]!;
    expect(far.standardError).toBeGreaterThan(3 * near.standardError);
    expect(far.mean).toBeGreaterThan(near.mean + 1.5);
  });

  it('says nothing of a loss that is not finite, nor of a law with fewer than three steps', () => {
    const [first, ...others] = curves(12, 4, 0.002);
    const broken = { ...first!, losses: steps.map(() => Number.NaN) };
    expect(predictFinalLosses(open([broken, ...others]), 1000).runs[0]).toBeNull();
    expect(predictFinalLosses([{ ...broken, final: null }, ...others], 1000).runs[0]).toBeNull();
    const short = open(others).map((curve) => ({ ...curve, steps: [200, 300], losses: curve.losses.slice(-2) }));
    expect(predictFinalLosses(short, 1000).runs).toEqual(others.map(() => null));
    const one = others.map((curve, i) => ({
      steps: [300],
      losses: curve.losses.slice(-1),
      final: i < 9 ? curve.final : null,
    }));
    expect(predictFinalLosses(one, 1000).runs.every((run) => run !== null)).toBe(true);
    expect(() => predictFinalLosses([{ steps: [1, 2], losses: [1], final: null }], 10)).toThrow(/2 steps and 1 losses/);
  });
});

const folder = new URL('../../../../shared/data/mixinglaws/', import.meta.url);
const present = existsSync(folder);
if (!present) console.warn('skipped: the published curves are not in ../shared/data/mixinglaws');

/** Runs of a size by domain, all evaluated at the rung and at the end, step 30,000; the domains' mean as well. */
function published(size: string, rung: number): Map<string, (RungCurve & { final: number })[]> {
  const rows = parse(readFileSync(new URL(`RedPajama_${size}.csv`, folder)), { columns: true }) as Record<
    'run' | 'step' | 'domain' | 'loss',
    string
  >[];
  const runs = new Map<string, Map<number, Map<string, number>>>();
  for (const { run, step, domain, loss } of rows) {
    const points = runs.get(run) ?? new Map<number, Map<string, number>>();
    const losses = points.get(Number(step)) ?? new Map<string, number>();
    losses.set(domain, Number(loss));
    points.set(Number(step), losses);
    runs.set(run, points);
  }
  const domains = [...new Set(rows.map(({ domain }) => domain))];
  const mean = (losses: Map<string, number>) => [...losses.values()].reduce((sum, x) => sum + x, 0) / losses.size;
  return new Map(
    [...domains, 'mean of all'].map((domain) => [
      domain,
      [...runs.values()].flatMap((points) => {
        const value = (step: number) => {
          const losses = points.get(step);
          return losses ? (losses.get(domain) ?? mean(losses)) : Number.NaN;
        };
        const used = [...points.keys()].filter((step) => step <= rung).sort((a, b) => a - b);
        const final = value(30_000);
        if (used.at(-1) !== rung || used.length < 3 || !Number.isFinite(final)) return [];
        return [{ steps: used, losses: used.map(value), final }];
      }),
    ]),
  );
}

describe.skipIf(!present)('on the published curves of RedPajama mixtures', () => {
  const sizes = ['70M', '160M', '305M', '410M'];

  it.each([14_000, 16_000, 20_000, 24_000])('holds about nine of ten final losses from step %i of 30,000', (rung) => {
    const shares = sizes.map((size) => {
      const held = { law: 0, finished: 0, lawOf: 0, finishedOf: 0 };
      for (const all of published(size, rung).values()) {
        const inside = (given: readonly RungCurve[]) =>
          predictFinalLosses(given, 30_000).runs.flatMap((run, i) =>
            given[i]!.final === null ? [Math.abs(run!.mean - all[i]!.final) <= HALF_90 * run!.standardError] : [],
          );
        const law = inside(open(all));
        held.law += law.filter(Boolean).length;
        held.lawOf += law.length;
        for (let draw = 0; draw < 5; draw++) {
          const known = new Set(sampleWithoutReplacement(createRandom(draw), all.length, 8));
          const rest = inside(all.map((curve, i) => (known.has(i) ? curve : { ...curve, final: null })));
          held.finished += rest.filter(Boolean).length;
          held.finishedOf += rest.length;
        }
      }
      return [held.law / held.lawOf, held.finished / held.finishedOf] as const;
    });
    for (const [law, finished] of shares) {
      expect(law).toBeGreaterThan(0.87);
      expect(finished).toBeGreaterThan(0.85);
      expect(finished).toBeLessThan(0.96);
    }
  });

  it('orders runs by the law at least as well as their losses at the rung do', () => {
    for (const size of sizes) {
      const all = published(size, 16_000).get('mean of all')!;
      const { runs } = predictFinalLosses(open(all), 30_000);
      const pairs = (value: (i: number) => number) => {
        let right = 0;
        for (let i = 0; i < all.length; i++) {
          for (let j = 0; j < i; j++) {
            if ((value(i) - value(j)) * (all[i]!.final - all[j]!.final) > 0) right++;
          }
        }
        return right / ((all.length * (all.length - 1)) / 2);
      };
      const byLevel = pairs((i) => all[i]!.losses.at(-1)!);
      expect(byLevel).toBeGreaterThan(0.75);
      expect(pairs((i) => runs[i]!.mean)).toBeGreaterThan(byLevel - 0.03);
    }
  });
});
