import { describe, expect, it } from 'vitest';
import { transformerParametersSchema } from '#libs/contracts';
import { countParameters } from './count-parameters.js';
import { runCost } from './run-cost.js';
import { trainingFlopsPerToken } from './training-flops.js';

const parse = (asked: object) => transformerParametersSchema.parse(asked);

describe('countParameters', () => {
  it('counts the embedding once, gains, attention and the MLP', () => {
    // 256 x 64; per layer 2 gains, 4 x 64^2, 3 x 64 x 172; one gain at the end.
    expect(countParameters(parse({}))).toEqual({
      total: 256 * 64 + 64 + 2 * (2 * 64 + 4 * 64 * 64 + 3 * 64 * 172),
      active: 256 * 64 + 64 + 2 * (2 * 64 + 4 * 64 * 64 + 3 * 64 * 172),
      embedding: 256 * 64,
      activeMatrices: 2 * (4 * 64 * 64 + 3 * 64 * 172),
    });
  });

  it('counts every expert in the total, and those a token visits as active', () => {
    const experts = { count: 8, topK: 2, shared: 1, ratio: 1 };
    const { total, active } = countParameters(parse({ experts }));
    const expert = 3 * 64 * 64;
    expect(total - active).toBe(2 * 6 * expert);
    expect(active).toBe(256 * 64 + 64 + 2 * (2 * 64 + 4 * 64 * 64 + 64 * 8 + 3 * expert));
  });
});

describe('trainingFlopsPerToken', () => {
  /** Three times the products of a forward pass, counted one by one: every multiplication and addition. */
  function counted({ layers, width, heads, contextLength, vocabulary }: ReturnType<typeof parse>, hidden: number) {
    const product = (rows: number, inner: number, columns: number) => 2 * rows * inner * columns;
    let forward = product(contextLength, width, vocabulary);
    for (let layer = 0; layer < layers; layer++) {
      forward += product(contextLength, width, 3 * width) + product(contextLength, width, width);
      forward += product(contextLength, width, 2 * hidden) + product(contextLength, hidden, width);
      for (let query = 0; query < contextLength; query++) {
        forward += heads * (product(1, width / heads, query + 1) + product(1, query + 1, width / heads));
      }
    }
    return (3 * forward) / contextLength;
  }

  it('is three times the forward products of a dense model, attention seen causally', () => {
    for (const [shape, hidden] of [
      [{}, 172],
      [{ layers: 5, width: 48, heads: 3, contextLength: 40, vocabulary: 1000 }, 128],
    ] as const) {
      const parameters = parse(shape);
      expect(trainingFlopsPerToken(parameters)).toBeCloseTo(counted(parameters, hidden), 6);
    }
  });

  it('comes to 6 for each active parameter where the model is large and the context short', () => {
    const parameters = parse({ layers: 24, width: 2048, heads: 32, contextLength: 8 });
    expect(trainingFlopsPerToken(parameters) / (6 * countParameters(parameters).active)).toBeCloseTo(1, 3);
  });

  it('does not grow with experts that a token does not visit, their router aside', () => {
    const flops = (count: number) => trainingFlopsPerToken(parse({ experts: { count, topK: 2 } }));
    expect(flops(64) - flops(8)).toBe(6 * 2 * 64 * 56);
  });
});

describe('runCost', () => {
  it('gives tokens, operations and parameters of a transformer', () => {
    const parameters = parse({ steps: 100 });
    expect(runCost({ name: 'transformer', parameters })).toEqual({
      tokens: 102_400,
      flops: 102_400 * trainingFlopsPerToken(parameters),
      parameters: countParameters(parameters).total,
    });
  });

  it("knows of a user's own program what the user said", () => {
    expect(runCost({ name: 'own', parameters: {}, tokensPerRun: 7 })).toEqual({
      tokens: 7,
      flops: null,
      parameters: null,
    });
  });
});
