import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { earlyStoppingSchema } from '#libs/contracts';
import { decideHalving, rungSteps } from './decide-halving.js';

const settings = earlyStoppingSchema.parse({});
const at = (mean: number, ownError = 0.01) => ({ mean, ownError });

describe('decideHalving', () => {
  it('judges nobody before the least number of runs have reached the rung', () => {
    const seven = Array.from({ length: 7 }, (_, i) => at(i));
    expect(decideHalving(seven, 6, settings)).toEqual({ stop: false, probability: null, reached: 7, kept: 3 });
    expect(decideHalving([...seven, at(7)], 7, settings)).toMatchObject({ stop: true, reached: 8, kept: 3 });
  });

  it('stops a run that is far behind the third that goes on, and keeps one that may still reach it', () => {
    const runs = Array.from({ length: 9 }, (_, i) => at(2 + i / 10));
    const stopped = runs.map((_, i) => decideHalving(runs, i, settings).stop);
    expect(stopped).toEqual([false, false, false, true, true, true, true, true, true]);
    const unsure = runs.map(({ mean }) => at(mean, 0.2));
    expect(decideHalving(unsure, 3, settings)).toMatchObject({ stop: false, kept: 3 });
    // The third best of the others stands at 2.2, a tenth ahead: P = Phi(-0.1 / sqrt(0.08)).
    expect(decideHalving(unsure, 3, settings).probability).toBeCloseTo(0.36184, 4);
  });

  it('does not judge a run of which nothing is known, nor count one', () => {
    const runs = [...Array.from({ length: 8 }, (_, i) => at(i)), null];
    expect(decideHalving(runs, 8, settings)).toEqual({ stop: false, probability: null, reached: 8, kept: 3 });
  });

  it('never stops a run of the best third, whatever the errors, and is indifferent to order and shift', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 50 })), {
          minLength: 8,
          maxLength: 40,
        }),
        (drawn) => {
          const runs = drawn.map(([mean, error]) => at(mean, error));
          const order = [...runs.keys()].sort((a, b) => runs[a]!.mean - runs[b]!.mean);
          const kept = order.slice(0, Math.ceil(runs.length / settings.reduction));
          for (const i of kept) expect(decideHalving(runs, i, settings).stop).toBe(false);
          const turned = [...runs].reverse().map(({ mean, ownError }) => at(mean + 4096, ownError));
          const own = order.at(-1)!;
          expect(decideHalving(turned, runs.length - 1 - own, settings)).toEqual(decideHalving(runs, own, settings));
        },
      ),
    );
  });
});

describe('rungSteps', () => {
  it('are a factor apart and end where stopping would save little', () => {
    expect(rungSteps(1000, settings)).toEqual([300]);
    expect(rungSteps(1000, { ...settings, firstRung: 0.9 })).toEqual([900]);
    expect(rungSteps(10, { ...settings, firstRung: 0.1, reduction: 2 })).toEqual([1, 2, 4]);
    expect(rungSteps(1, settings)).toEqual([]);
  });
});
