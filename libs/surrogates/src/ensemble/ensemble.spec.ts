import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { logLinear } from '../log-linear/log-linear.js';
import { restoreSurrogate } from '../registry.js';
import { linear } from '../ridge.js';
import { ensembleOf } from './ensemble.js';

const random = createRandom(5);
const mixtures = Array.from({ length: 30 }, () => Array.from(sampleDirichlet(random, [1, 1, 1])));
const losses = mixtures.map(([a, b]) => 2 + Math.exp(-3 * a!) + b! + 0.01 * random.normal());
const parts = [linear, logLinear].map((surrogate) => ({ fitted: surrogate.fit(mixtures, losses), rmse: 0.1 }));
const asked = [
  [1, 0, 0],
  [0.2, 0.3, 0.5],
];
const kept = (reach: number) =>
  JSON.parse(JSON.stringify(ensembleOf(parts, { weights: [0.3, 0.7], best: 1, reach }, 0.05).state()));

describe('an ensemble that was kept', () => {
  it.each([0.01, Infinity])('predicts the same numbers again, with a reach of %d', (reach) => {
    const blend = ensembleOf(parts, { weights: [0.3, 0.7], best: 1, reach }, 0.05);
    const restored = restoreSurrogate('auto', kept(reach));
    expect(restored.predict(asked)).toEqual(blend.predict(asked));
    expect(restored.standardErrors(asked)).toEqual(blend.standardErrors(asked));
  });

  it('before its members were bounded is their plain weighted mean', () => {
    const { best: _, reach: __, ...state } = kept(0.01);
    const restored = restoreSurrogate('auto', state);
    const [a, b] = parts.map(({ fitted }) => fitted.predict(asked));
    const [s, t] = parts.map(({ fitted, rmse }) => fitted.standardErrors(asked) ?? [rmse, rmse]);
    restored.predict(asked).forEach((mean, r) => {
      expect(mean).toBeCloseTo(0.3 * a![r]! + 0.7 * b![r]!, 12);
      const squared = 0.3 * (s![r]! ** 2 + (a![r]! - mean) ** 2) + 0.7 * (t![r]! ** 2 + (b![r]! - mean) ** 2);
      expect(restored.standardErrors(asked)![r]).toBeCloseTo(Math.sqrt(squared), 12);
    });
    expect(restoreSurrogate('auto', JSON.parse(JSON.stringify(restored.state()))).predict(asked)).toEqual(
      restored.predict(asked),
    );
  });
});
