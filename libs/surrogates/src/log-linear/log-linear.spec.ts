import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { hasRegmixRuns, regmixRuns } from '../../test/regmix-runs.js';
import { gbdt } from '../gbdt/gbdt.js';
import { linear } from '../ridge.js';
import { spearman } from '../spearman.js';
import { isLogLinear, logLinear, logLinearParameters } from './log-linear.js';
import { rootLogLinear } from './root-log-linear.js';

function sweep(n: number, m: number, seed: number) {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, new Array(m).fill(0.7)));
  const losses = mixtures.map((p) => 2.5 + Math.exp(-1 - 3 * p[0]! + p[1]!) + 0.01 * random.normal());
  return { mixtures, losses };
}

describe('log-linear', () => {
  it('hands out c, b and t for exact optimisation', () => {
    const { mixtures, losses } = sweep(60, 5, 1);
    const fitted = logLinear.fit(mixtures, losses);
    const state = JSON.parse(JSON.stringify(fitted.state()));
    expect(isLogLinear(state)).toBe(true);
    const { c, b, t } = logLinearParameters(state)!;
    expect(fitted.describe()).toMatchObject({ c, b, t });
    fitted.predict(mixtures).forEach((y, r) => {
      expect(c + Math.exp(b + mixtures[r]!.reduce((sum, w, j) => sum + w * t[j]!, 0))).toBeCloseTo(y, 10);
    });
    expect(t.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 6);
    for (const other of [rootLogLinear, linear, gbdt]) {
      expect(logLinearParameters(other.fit(mixtures, losses).state())).toBeNull();
    }
  });

  it('keeps c between the floor allowed and the mean, and the exponents inside their bound', () => {
    const { mixtures } = sweep(40, 3, 2);
    // A straight line has no floor: c would run away to minus infinity.
    const line = mixtures.map((p) => 10 - 3 * p[0]!);
    for (const deepestFloor of [1, 30]) {
      const { c } = logLinearParameters(logLinear.fit(mixtures, line, { deepestFloor }).state())!;
      expect(c).toBeGreaterThanOrEqual(0);
      expect(c).toBeGreaterThanOrEqual(Math.min(...line) - deepestFloor * (Math.max(...line) - Math.min(...line)));
    }
    const below = logLinear.fit(
      mixtures,
      line.map((y) => y - 12),
    );
    expect(logLinearParameters(below.state())!.c).toBeLessThan(-2);
    const step = mixtures.map((p) => (p[0]! > 0.02 ? 2 : 3));
    const { t } = logLinearParameters(logLinear.fit(mixtures, step, { largestExponent: 5, ridge: 0 }).state())!;
    expect(Math.max(...t) - Math.min(...t)).toBeLessThanOrEqual(10);
    const { t: free } = logLinearParameters(logLinear.fit(mixtures, step, { ridge: 0 }).state())!;
    expect(Math.max(...free) - Math.min(...free)).toBeGreaterThan(10);
  });

  it('is not moved far by a few runs that went wrong', () => {
    const { mixtures, losses } = sweep(60, 4, 3);
    const clean = logLinear.fit(mixtures, losses).predict(mixtures);
    const broken = losses.map((y, r) => (r % 20 === 7 ? y + 2 : y));
    const robust = logLinear.fit(mixtures, broken).predict(mixtures);
    const plain = logLinear.fit(mixtures, broken, { huberDelta: 100 }).predict(mixtures);
    const away = (fit: Float64Array) => fit.reduce((sum, y, r) => sum + Math.abs(y - clean[r]!), 0);
    expect(away(robust)).toBeLessThan(0.4 * away(plain));
  });

  it('follows the order of the domains', () => {
    const { mixtures, losses } = sweep(50, 4, 4);
    for (const surrogate of [logLinear, rootLogLinear]) {
      const base = surrogate.fit(mixtures, losses).predict(mixtures);
      const turned = mixtures.map((p) => p.toReversed());
      surrogate
        .fit(turned, losses)
        .predict(turned)
        .forEach((y, r) => {
          expect(y).toBeCloseTo(base[r]!, 3);
        });
    }
  });
});

describe.skipIf(!hasRegmixRuns)('fitted on RegMix’s 512 runs', () => {
  it.each([
    { surrogate: logLinear, at1M: 0.962, at60M: 0.957 },
    { surrogate: rootLogLinear, at1M: 0.985, at60M: 0.98 },
  ])('$surrogate.name ranks Pile-CC at 1M by $at1M and at 60M by $at60M or better', ({ surrogate, at1M, at60M }) => {
    const train = regmixRuns('train', '1m');
    const fitted = surrogate.fit(train.mixtures, train.losses);
    expect(fitted.converged).toBe(true);
    for (const [scale, least] of [
      ['1m', at1M],
      ['60m', at60M],
    ] as const) {
      const { mixtures, losses } = regmixRuns('test', scale);
      expect(spearman(fitted.predict(mixtures), losses)!).toBeGreaterThanOrEqual(least);
    }
  });
});
