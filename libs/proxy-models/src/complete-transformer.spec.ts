import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TransformerRequest, transformerRequestSchema } from '#libs/contracts';
import { sizeTolerance } from './choose-shape.js';
import { completeTransformer } from './complete-transformer.js';
import { countParameters } from './count-parameters.js';

const request = (asked: object) => transformerRequestSchema.parse(asked);
const complete = (asked: object, ...rest: [{ width: number; heads: number }?]) =>
  completeTransformer(request(asked), ...rest);

describe('a size', () => {
  it('becomes a shape within a quarter of it that a transformer can have, for any size of proxies', () => {
    const asked = fc.record({
      size: fc.double({ min: 10.6, max: 22.5, noNaN: true }).map((log) => Math.round(Math.exp(log))),
      mlp: fc.constantFrom('swiglu', 'relu2'),
      experts: fc.option(fc.record({ count: fc.integer({ min: 4, max: 64 }), topK: fc.integer({ min: 1, max: 4 }) }), {
        nil: undefined,
      }),
    });
    let worst = 0;
    fc.assert(
      fc.property(asked, ({ experts, ...rest }) => {
        fc.pre(!experts || rest.size > 2e5 * experts.count);
        const parameters = complete({ ...rest, ...(experts && { experts }) });
        const off = Math.abs(countParameters(parameters).total / rest.size - 1);
        expect(off).toBeLessThan(sizeTolerance);
        worst = Math.max(worst, off);
        expect(parameters.width % parameters.heads).toBe(0);
        const head = parameters.width / parameters.heads;
        expect(head % 2).toBe(0);
        expect(head).toBeGreaterThanOrEqual(16);
        expect(head).toBeLessThanOrEqual(64);
      }),
      { seed: 1, numRuns: 40 },
    );
    expect(worst).toBeLessThan(0.2);
  });

  it.each([
    [50_000, { layers: 2, width: 40, heads: 2 }],
    [100_000, { layers: 3, width: 48, heads: 3 }],
    [1_000_000, { layers: 3, width: 160, heads: 5 }],
    [1e7, { layers: 8, width: 320, heads: 10 }],
    [1e8, { layers: 12, width: 832, heads: 13 }],
  ])('of %i parameters gives %o', (size, shape) => {
    expect(complete({ size })).toMatchObject(shape);
  });

  it('that no shape comes near is refused, with the nearest one', () => {
    expect(() => complete({ size: 100_000, vocabulary: 50_257 })).toThrow(
      /^no shape with a vocabulary of 50257 comes within 25 % of 100000; the nearest has 81\d\d\d\d parameters/,
    );
    expect(() => complete({ size: 1000 })).toThrow(
      /^no shape .* the nearest has \d+ parameters \(2 layers of width 16\)/,
    );
  });
});

describe('tokens', () => {
  it('become steps, rounded up', () => {
    const batch = { batchSize: 8, contextLength: 32 };
    expect(complete({ tokens: 256_000, ...batch }).steps).toBe(1000);
    expect(complete({ tokens: 256_001, ...batch }).steps).toBe(1001);
  });

  it('too few for the warm-up that was asked for, or too many, are refused by name', () => {
    expect(() => complete({ tokens: 4096, warmupSteps: 4 })).toThrow(
      expect.objectContaining({ message: 'must be below steps (4), got 4', details: { argument: 'warmupSteps' } }),
    );
    expect(() => complete({ tokens: 1e12 })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('computed from tokens = 1000000000000'),
        details: { argument: 'steps' },
      }),
    );
  });

  it('shorten a warm-up that was not asked for to a tenth of the run', () => {
    expect(complete({ tokens: 50 * 1024 })).toMatchObject({ steps: 50, warmupSteps: 5 });
    expect(complete({ steps: 1 })).toMatchObject({ steps: 1, warmupSteps: 0 });
    expect(complete({ steps: 500 }).warmupSteps).toBe(20);
  });
});

describe('muP', () => {
  const base = { width: 48, heads: 3 };

  it('is off for one width, and on with the first as its base for several, unless refused', () => {
    expect(complete({})).toMatchObject({ muP: false, muPBaseWidth: 64 });
    expect(complete({}, base)).toMatchObject({ muP: true, muPBaseWidth: 48, muPBaseHeads: 3 });
    expect(complete({ muP: false }, base).muP).toBe(false);
  });

  it('keeps a base that was asked for', () => {
    const asked = complete({ muPBaseWidth: 32 }, base);
    expect(asked).toMatchObject({ muP: true, muPBaseWidth: 32 });
    expect(asked.muPBaseHeads).toBeUndefined();
  });
});

it('what is asked for without size and tokens is kept as it is', () => {
  const asked: TransformerRequest = request({ layers: 3, width: 96, heads: 6, steps: 70, warmupSteps: 7, muP: true });
  expect(completeTransformer(asked)).toEqual({ ...asked, muPBaseWidth: 64 });
});
