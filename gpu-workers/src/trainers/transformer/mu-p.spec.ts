import { describe, expect, it } from 'vitest';
import { type TransformerParameters, transformerParametersSchema } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import { selectBackend } from '../../backend/select-backend.js';
import { learningRateAt } from './learning-rate.js';
import { Transformer } from './transformer.js';
import { TransformerTrainer } from './transformer-trainer.js';

const parse = (asked: object) =>
  transformerParametersSchema.parse({
    layers: 2,
    width: 24,
    heads: 2,
    contextLength: 8,
    batchSize: 2,
    steps: 20,
    warmupSteps: 2,
    ...asked,
  });

function randomBatch(random: ReturnType<typeof createRandom>) {
  const tokens = () => Int32Array.from({ length: 16 }, () => random.integer(256));
  return { inputs: tokens(), targets: tokens() };
}

/** The weights after some steps on random tokens. */
async function trained(parameters: TransformerParameters, name: 'cpu' | 'wasm', steps: number) {
  const backend = await selectBackend(name);
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, createRandom(1));
  const before = Float32Array.from(trainer.weights.dataSync() as Float32Array);
  const random = createRandom(2);
  for (let step = 0; step < steps; step++) trainer.step(randomBatch(random), learningRateAt(step, parameters));
  const after = Float32Array.from(trainer.weights.dataSync() as Float32Array);
  trainer.dispose();
  return { layout: model.layout, before, after };
}

describe('muP', () => {
  it.each(['cpu', 'wasm'] as const)('gives the same bits as without it at the base width, on %s', async (name) => {
    const plain = await trained(parse({}), name, 6);
    const muP = await trained(parse({ muP: true, muPBaseWidth: 24 }), name, 6);
    expect(muP.after).toEqual(plain.after);
    const wider = await trained(parse({ muP: true, muPBaseWidth: 12 }), name, 6);
    expect(wider.after).not.toEqual(plain.after);
  });

  it('scores attention by sqrt(base head width) / head width and divides logits by the growth in width', async () => {
    const backend = await selectBackend('cpu');
    const { tf } = backend;
    // Heads 4 times as wide as the base's (8 wide, 4 heads), the model 3 times as wide.
    const muP = new Transformer(backend, parse({ heads: 3, muP: true, muPBaseWidth: 8, muPBaseHeads: 4 }));
    const plain = new Transformer(backend, parse({ heads: 3 }));
    const random = createRandom(3);
    const values = Float32Array.from({ length: muP.size }, () => 0.3 * random.normal());
    const inputs = randomBatch(random).inputs;
    const scaled = Float32Array.from(values);
    let offset = 0;
    for (const { name, size, shape } of plain.layout) {
      for (let i = 0; i < size; i++) {
        // 1 / sqrt(d) becomes sqrt(2) / d with d = 8, so queries are half as large.
        if (name.endsWith('qkv') && i % shape[1]! < 24) scaled[offset + i]! *= Math.SQRT2 / 8 / (1 / Math.sqrt(8));
        if (name === 'finalNorm') scaled[offset + i]! /= 3;
      }
      offset += size;
    }
    const expected = plain.logits(tf.tensor1d(scaled), inputs).dataSync() as Float32Array;
    const actual = muP.logits(tf.tensor1d(values), inputs).dataSync();
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-5 * largest);
  });

  it('has the gradient of finite differences in every weight', async () => {
    const backend = await selectBackend('cpu');
    const { tf } = backend;
    const parameters = parse({ heads: 3, muP: true, muPBaseWidth: 8, muPBaseHeads: 4 });
    const model = new Transformer(backend, parameters);
    const random = createRandom(11);
    const start = Float32Array.from({ length: model.size }, () => 0.3 * random.normal());
    const batch = randomBatch(random);
    const gradient = model.gradient(tf.tensor1d(start), batch).gradient.dataSync() as Float32Array;
    const meanLoss = (values: Float32Array) => {
      const losses = model.losses(tf.tensor1d(values), batch).dataSync() as Float32Array;
      return losses.reduce((total, loss) => total + loss, 0) / losses.length;
    };
    let offset = 0;
    for (const { name, size } of model.layout) {
      const direction = new Float32Array(start.length);
      for (let i = offset; i < offset + size; i++) direction[i] = random.normal();
      const h = 0.02 / Math.sqrt(size);
      const at = (steps: number) => meanLoss(start.map((value, i) => value + steps * h * direction[i]!));
      const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
      const analytic = gradient.reduce((total, value, i) => total + value * direction[i]!, 0);
      const own = gradient.subarray(offset, offset + size);
      const scale = Math.sqrt(own.reduce((total, value) => total + value * value, 0));
      expect(scale, name).toBeGreaterThan(0);
      expect(Math.abs(numeric - analytic) / scale, `${name}: ${numeric} against ${analytic}`).toBeLessThan(0.03);
      offset += size;
    }
  });

  it.each(['cpu', 'wasm'] as const)('moves matrices by less and lets them decay as much, on %s', async (name) => {
    // Adam's first step is the rate in every weight with a gradient, whatever its size.
    const parameters = parse({ muP: true, muPBaseWidth: 8, warmupSteps: 0, learningRate: 0.01, weightDecay: 0.5 });
    const { layout, before, after } = await trained(parameters, name, 1);
    let offset = 0;
    for (const { name: weight, size, decays } of layout) {
      const steps: number[] = [];
      for (let i = offset; i < offset + size; i++) {
        steps.push(Math.abs(after[i]! - before[i]! * (decays ? 1 - 0.01 * 0.5 : 1)));
      }
      const usual = steps.sort((a, b) => a - b)[Math.floor(0.9 * size)]!;
      expect(usual / 0.01, weight).toBeCloseTo(decays ? 1 / 3 : 1, 2);
      offset += size;
    }
  });
});
