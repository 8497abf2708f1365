import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveRouterBias } from './move-router-bias.js';
import { dispatchTokens, routeTokens } from './route-tokens.js';

const logitRows = (experts: number) =>
  fc
    .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: experts, maxLength: 12 * experts })
    .map((values) => Float32Array.from(values.slice(0, experts * Math.floor(values.length / experts))));

describe('the choice of experts', () => {
  it('takes the largest logits, and of equal ones those of the lower index', () => {
    const logits = Float32Array.of(1, 3, 2, 3, /**/ 0, 0, 0, 0, /**/ -1, -2, -1, -2);
    expect([...routeTokens(logits, 4, 2).chosen]).toEqual([1, 3, 0, 1, 0, 2]);
    expect([...routeTokens(logits, 4, 3).chosen]).toEqual([1, 3, 2, 0, 1, 2, 0, 2, 1]);
    expect(routeTokens(logits, 4, 2).counts).toEqual([2, 2, 1, 1]);
  });

  it('is moved by the bias, the gates are not', () => {
    const logits = Float32Array.of(Math.log(5), Math.log(3), Math.log(2));
    const routing = routeTokens(logits, 3, 2, Float32Array.of(0, -0.2, 0));
    expect([...routing.chosen]).toEqual([0, 2]);
    expect(routing.gates[0]).toBeCloseTo(5 / 7, 6);
    expect(routing.gates[1]).toBeCloseTo(2 / 7, 6);
  });

  it('gives one expert its probability as its gate, several gates that sum to 1', () => {
    const logits = Float32Array.of(Math.log(6), Math.log(3), Math.log(1));
    expect(routeTokens(logits, 3, 1).gates[0]).toBeCloseTo(0.6, 6);
    const { gates } = routeTokens(logits, 3, 2);
    expect([...gates].map((gate) => gate.toFixed(6))).toEqual(['0.666667', '0.333333']);
  });

  it('counts every token exactly topK times, on different experts, whatever the logits', () => {
    fc.assert(
      fc.property(logitRows(5), fc.integer({ min: 1, max: 5 }), (logits, topK) => {
        const { chosen, counts, tokens, gates } = routeTokens(logits, 5, topK);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(tokens * topK);
        for (let m = 0; m < tokens; m++) {
          const own = [...chosen.subarray(m * topK, (m + 1) * topK)];
          expect(new Set(own).size).toBe(topK);
          const worst = Math.min(...own.map((i) => logits[m * 5 + i]!));
          for (let i = 0; i < 5; i++) if (!own.includes(i)) expect(logits[m * 5 + i]!).toBeLessThanOrEqual(worst);
          const sum = gates.subarray(m * topK, (m + 1) * topK).reduce((all, gate) => all + gate, 0);
          if (topK > 1) expect(sum).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  it('of a token that is not finite takes different experts still, and lets its gates show it', () => {
    const { chosen, gates, counts } = routeTokens(Float32Array.of(Number.NaN, Number.NaN, Number.NaN, 1, 2, 3), 3, 2);
    expect([...chosen]).toEqual([0, 1, 2, 1]);
    expect([...gates.subarray(0, 2)]).toEqual([Number.NaN, Number.NaN]);
    expect(counts).toEqual([1, 2, 1]);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(routeTokens(Float32Array.of(1, bad, 2), 3, 2).gates.every(Number.isNaN)).toBe(true);
    }
  });
});

describe('dispatch', () => {
  it('sorts tokens by expert and finds each of them again', () => {
    fc.assert(
      fc.property(logitRows(4), fc.integer({ min: 1, max: 4 }), (logits, topK) => {
        const routing = routeTokens(logits, 4, topK);
        const { rows, slots } = dispatchTokens(routing);
        expect([...slots].sort((a, b) => a - b)).toEqual([...slots.keys()]);
        const starts = routing.counts.map((_, e) => routing.counts.slice(0, e).reduce((sum, count) => sum + count, 0));
        for (const [place, row] of slots.entries()) {
          const expert = routing.chosen[place]!;
          expect(rows[row]).toBe(Math.floor(place / topK));
          expect(row).toBeGreaterThanOrEqual(starts[expert]!);
          expect(row).toBeLessThan(starts[expert]! + routing.counts[expert]!);
        }
        for (const [e, count] of routing.counts.entries()) {
          const block = [...rows.subarray(starts[e]!, starts[e]! + count)];
          expect(block).toEqual([...block].sort((a, b) => a - b));
        }
      }),
    );
  });
});

describe('loss-free balancing', () => {
  it('raises the bias of experts below the mean load and lowers that of those above, layer by layer', () => {
    const bias = Float32Array.of(0, 0, 0, 1, 1, 1);
    moveRouterBias(
      bias,
      [
        [5, 3, 1],
        [9, 0, 0],
      ],
      0.25,
    );
    expect([...bias]).toEqual([-0.25, 0, 0.25, 0.75, 1.25, 1.25]);
  });
});
