import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transformerParametersSchema } from '#libs/contracts';
import { countParameters } from '#libs/proxy-models';
import { rateFactors } from './initial-parameters.js';
import { parameterLayout } from './parameter-layout.js';

const parse = (asked: object) => transformerParametersSchema.parse(asked);
const slotsOf = (asked: object) =>
  new Map(parameterLayout(parse(asked)).map((slot) => [slot.name.replace(/^layer\d+\./, ''), slot]));

describe('parameterLayout', () => {
  it('has as many parameters as libs/proxy-models counts, for any shape', () => {
    const experts = fc.record({
      count: fc.integer({ min: 2, max: 12 }),
      topK: fc.integer({ min: 1, max: 2 }),
      shared: fc.integer({ min: 0, max: 3 }),
      ratio: fc.option(fc.double({ min: 0.1, max: 4, noNaN: true }), { nil: undefined }),
    });
    const shape = fc.record({
      layers: fc.integer({ min: 1, max: 6 }),
      heads: fc.constant(2),
      width: fc.integer({ min: 2, max: 40 }).map((half) => 4 * half),
      vocabulary: fc.integer({ min: 256, max: 3000 }),
      mlp: fc.constantFrom('swiglu', 'relu2'),
      mlpRatio: fc.option(fc.double({ min: 0.3, max: 6, noNaN: true }), { nil: undefined }),
      experts: fc.option(experts, { nil: undefined }),
    });
    fc.assert(
      fc.property(shape, (asked) => {
        const parameters = parse(asked);
        const slots = parameterLayout(parameters);
        const count = countParameters(parameters);
        expect(slots.reduce((sum, { size }) => sum + size, 0)).toBe(count.total);
        const { count: all = 1, topK = 1 } = parameters.experts ?? {};
        const visited = slots.map(({ name, size }) => (/experts(In|Out)$/.test(name) ? (size / all) * topK : size));
        expect(visited.reduce((sum, size) => sum + size, 0)).toBe(count.active);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('muP', () => {
  const experts = { count: 4, topK: 2, shared: 1 };
  const wide = { width: 256, heads: 4, muPBaseWidth: 64 };

  it('divides the rate of matrices by the growth in width, and no other', () => {
    for (const [name, { rate, decays }] of slotsOf({ ...wide, muP: true, experts })) {
      expect(rate, name).toBe(decays ? 1 / 4 : 1);
    }
  });

  it('keeps the embedding as large as at the base, matrices as they were, and shrinks the router', () => {
    const [plain, muP, base] = [
      slotsOf({ ...wide, experts }),
      slotsOf({ ...wide, muP: true, experts }),
      slotsOf({ width: 64, experts }),
    ];
    expect(muP.get('embedding')!.deviation).toBe(base.get('embedding')!.deviation);
    expect(muP.get('router')!.deviation).toBe(base.get('router')!.deviation / 4);
    for (const name of ['qkv', 'attentionOut', 'expertsIn', 'expertsOut', 'sharedIn', 'sharedOut']) {
      expect(muP.get(name)!.deviation, name).toBe(plain.get(name)!.deviation);
    }
  });

  it('changes nothing at the base', () => {
    for (const width of [24, 64, 176]) {
      const asked = { width, heads: 2, muPBaseWidth: width, experts };
      const layout = parameterLayout(parse({ ...asked, muP: true }));
      expect(layout).toEqual(parameterLayout(parse(asked)));
      expect(rateFactors(layout)).toBeUndefined();
    }
  });
});
