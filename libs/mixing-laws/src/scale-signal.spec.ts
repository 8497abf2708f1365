import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { compareFidelities, overallSignal, signalAcrossSizes } from './scale-signal.js';

describe('compareFidelities', () => {
  it('sees an order that carries over, and none in noise', () => {
    const random = createRandom(2);
    const small = Array.from({ length: 40 }, () => random.normal());
    expect(
      compareFidelities(
        small,
        small.map((x) => x + 0.2 * random.normal()),
      ).verdict,
    ).toBe('present');
    const silent = compareFidelities(
      small,
      small.map(() => random.normal()),
    );
    expect(silent.verdict).toBe('absent');
    expect(silent.reason).toContain('does not exceed');
  });

  it('passes noise off as signal in about 1% of cases', () => {
    const random = createRandom(8);
    let passed = 0;
    for (let k = 0; k < 1000; k++) {
      const draw = () => Array.from({ length: 20 }, () => random.normal());
      if (compareFidelities(draw(), draw()).verdict === 'present') passed++;
    }
    expect(passed).toBeLessThan(25);
    expect(passed).toBeGreaterThan(0);
  });

  it('does not call four mixtures silence: it cannot tell', () => {
    expect(compareFidelities([1, 2, 3, 4, Number.NaN], [1, 2, 3, 4, 5]).verdict).toBe('unknown');
    expect(compareFidelities([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]).verdict).toBe('absent');
  });
});

describe('overallSignal', () => {
  it('goes by the largest size and the next below it', () => {
    const n = 12;
    const order = Array.from({ length: n }, (_, i) => i);
    // The smallest size has the opposite order; the two larger agree.
    const losses = [order.map((i) => 5 - i / n), order.map((i) => 4 + i / n), order.map((i) => 3 + i / n)];
    const rows = {
      mixtures: order.map((i) => [i / n, 1 - i / n]),
      mixtureOf: losses.flatMap(() => order),
      sizes: losses.flatMap((_, s) => order.map(() => 10 ** (s + 1))),
      tokens: losses.flatMap(() => order.map(() => 1)),
      losses: losses.flat(),
      targets: ['a'],
      targetOf: losses.flatMap(() => order.map(() => 0)),
    };
    const pairs = signalAcrossSizes(rows, 1, [1]);
    expect(pairs.map(({ verdict }) => verdict)).toEqual(['absent', 'absent', 'present']);
    expect(overallSignal(pairs)).toMatchObject({ verdict: 'present', small: 100, large: 1000 });
    expect(overallSignal([]).verdict).toBe('unknown');
  });
});
