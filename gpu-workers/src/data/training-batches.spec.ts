import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { heldOutWindows } from './held-out-windows.js';
import { MixtureOrder } from './mixture-order.js';
import { SequenceStream } from './sequence-stream.js';
import { TrainingBatches } from './training-batches.js';

describe('MixtureOrder', () => {
  it('keeps every domain within a sequence above its share, and the total exact, at every moment', () => {
    const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(
        weights.filter((values) => values.some((value) => value > 0)),
        (values) => {
          const order = new MixtureOrder(values);
          const sum = values.reduce((a, b) => a + b, 0);
          for (let n = 1; n <= 200; n++) {
            order.next();
            expect(order.counts.reduce((a, b) => a + b, 0)).toBe(n);
            const above = values.map((value, i) => order.counts[i]! - (n * value) / sum);
            expect(Math.max(...above)).toBeLessThan(1);
          }
          expect(order.counts.filter((count, i) => values[i] === 0 && count > 0)).toEqual([]);
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });

  it('refuses weights that are negative, NaN or all 0', () => {
    for (const weights of [[0, 0], [1, -0.1], [Number.NaN, 1], []])
      expect(() => new MixtureOrder(weights)).toThrow(RangeError);
  });
});

describe('SequenceStream', () => {
  it('visits every window of a pass once before any again', () => {
    const stream = new SequenceStream(100, 8, createRandom(2));
    for (let pass = 0; pass < 5; pass++) {
      const first = stream.next();
      const phase = first % 8;
      const count = Math.floor((99 - phase) / 8);
      const rest = Array.from({ length: count - 1 }, () => stream.next());
      const expected = Array.from({ length: count }, (_, i) => phase + 8 * i);
      expect([first, ...rest].sort((a, b) => a - b)).toEqual(expected);
    }
  });

  it('repeats the only window of a text of one sequence', () => {
    const stream = new SequenceStream(9, 8, createRandom(2));
    expect([stream.next(), stream.next(), stream.next()]).toEqual([0, 0, 0]);
    expect(() => new SequenceStream(8, 8, createRandom(2))).toThrow('tokens must be at least 9, got 8');
  });
});

describe('TrainingBatches', () => {
  const text = (name: string, first: number) => ({
    name,
    training: Uint8Array.from({ length: 120 }, (_, i) => first + i),
    heldOut: new Uint8Array(0),
    heldOutLengths: null,
  });
  const domains = [text('low', 0), text('high', 120)];
  const shape = { batch: 4, length: 8 };

  it('targets the token after each input, and reports what it drew', () => {
    const batches = new TrainingBatches(domains, [0.75, 0.25], shape, 1);
    for (let i = 0; i < 10; i++) {
      const { inputs, targets } = batches.next();
      expect(inputs.length).toBe(32);
      expect(targets).toEqual(inputs.map((token) => token + 1));
    }
    expect(batches.drawnTokens()).toEqual({ low: 240, high: 80 });
  });

  it('reads a domain in the order of the seed, whatever the other weights are', () => {
    const lowSequences = (weights: [number, number], seed: number) => {
      const batches = new TrainingBatches(domains, weights, shape, seed);
      const starts: number[] = [];
      for (let i = 0; i < 12; i++) {
        const { inputs } = batches.next();
        for (let row = 0; row < 4; row++) if (inputs[row * 8]! < 120) starts.push(inputs[row * 8]!);
      }
      return starts.slice(0, 15);
    };
    expect(lowSequences([0.5, 0.5], 1)).toEqual(lowSequences([0.9, 0.1], 1));
    expect(lowSequences([0.5, 0.5], 1)).not.toEqual(lowSequences([0.5, 0.5], 2));
  });

  it('goes on after batches that were skipped as after batches that were drawn', () => {
    for (const skipped of [0, 1, 7, 40]) {
      const drawn = new TrainingBatches(domains, [0.6, 0.4], shape, 5);
      for (let i = 0; i < skipped; i++) drawn.next();
      const batches = new TrainingBatches(domains, [0.6, 0.4], shape, 5);
      batches.skip(skipped);
      expect(batches.drawnTokens()).toEqual(drawn.drawnTokens());
      for (let i = 0; i < 20; i++) expect(batches.next()).toEqual(drawn.next());
    }
  });

  it('needs no text of a domain that weighs 0', () => {
    const empty = { name: 'empty', training: new Uint8Array(0), heldOut: new Uint8Array(0), heldOutLengths: null };
    const batches = new TrainingBatches([domains[0]!, empty], [1, 0], shape, 1);
    batches.next();
    expect(batches.drawnTokens()).toEqual({ low: 32, empty: 0 });
  });
});

describe('heldOutWindows', () => {
  it('spreads windows over the whole text without overlap, and takes what there is when it is short', () => {
    expect(heldOutWindows(1001, 10, 50)).toEqual([0, 200, 400, 600, 800]);
    expect(heldOutWindows(31, 10, 1000)).toEqual([0, 10, 20]);
    expect(heldOutWindows(11, 10, 1)).toEqual([0]);
  });
});
