import { describe, expect, it } from 'vitest';
import { transformerParametersSchema } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import { selectBackend } from '../../backend/select-backend.js';
import { evaluateDomain } from './evaluate.js';
import { initialParameters } from './initial-parameters.js';
import { Transformer } from './transformer.js';

describe('evaluateDomain', () => {
  it('divides the nats of all scored tokens by the bytes that they, and no others, stand for', async () => {
    const settings = { layers: 1, width: 16, heads: 1, contextLength: 8, vocabulary: 300, steps: 50 };
    const parameters = transformerParametersSchema.parse({ ...settings, evaluationTokens: 64 });
    const backend = await selectBackend('cpu');
    const model = new Transformer(backend, parameters);
    const random = createRandom(4);
    const weights = backend.tf.tensor1d(initialParameters(model.layout, random));
    const heldOut = Int32Array.from({ length: 64 * 8 + 1 }, () => random.integer(300));
    const heldOutLengths = Float32Array.from(heldOut, () => 1 + random.integer(6));
    const domain = { name: 'tokens', training: heldOut, heldOut, heldOutLengths };
    const { natsPerToken, bitsPerByte } = evaluateDomain(model, weights, domain, parameters);
    // 8 windows of 8, spread evenly: each 64 tokens after the one before; the first token of each is only read.
    let bytes = 0;
    for (let window = 0; window < 8; window++) {
      for (let t = 1; t <= 8; t++) bytes += heldOutLengths[64 * window + t]!;
    }
    expect(bitsPerByte! * bytes * Math.LN2).toBeCloseTo(natsPerToken * 64, 6);
    const plain = evaluateDomain(model, weights, { ...domain, heldOutLengths: null }, parameters);
    expect(plain.natsPerToken).toBe(natsPerToken);
    expect(plain.bitsPerByte).toBeCloseTo(natsPerToken / Math.LN2, 10);
  });

  it('asks for fewer tokens at once the more logits each has', async () => {
    const { tf } = await selectBackend('cpu');
    const heldOut = new Int32Array(16 * 300 + 1);
    const domain = { name: 'tokens', training: heldOut, heldOut, heldOutLengths: null };
    const passes = (vocabulary: number) => {
      const lengths: number[] = [];
      const losses = (_: unknown, { inputs }: { inputs: Int32Array }) => {
        lengths.push(inputs.length);
        return tf.ones([inputs.length]);
      };
      const settings = { contextLength: 16, evaluationTokens: 4096, vocabulary };
      expect(evaluateDomain({ losses }, tf.zeros([1]), domain, settings).natsPerToken).toBe(1);
      return lengths;
    };
    expect(passes(256)).toEqual([2048, 2048]);
    expect(passes(131_072)).toEqual(new Array(16).fill(256));
    expect(passes(10_000_000)).toEqual(new Array(256).fill(16));
  });
});
