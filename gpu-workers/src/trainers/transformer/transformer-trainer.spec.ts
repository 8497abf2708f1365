import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type TransformerParameters, transformerParametersSchema } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import type { AdamWState } from '../../backend/operations.js';
import { selectBackend } from '../../backend/select-backend.js';
import { decayCoefficients } from './initial-parameters.js';
import { learningRateAt } from './learning-rate.js';
import { parameterLayout } from './parameter-layout.js';
import { Transformer } from './transformer.js';
import { TransformerTrainer } from './transformer-trainer.js';

interface ReferenceAdamW {
  settings: { learningRate: number; beta1: number; beta2: number; epsilon: number; gradientClip: number };
  start: number[];
  decay: number[];
  gradients: number[][];
  parameters: number[][];
  norms: number[];
}
const fixture = new URL('../../../fixtures/transformer-reference.json', import.meta.url);
const reference = (JSON.parse(readFileSync(fixture, 'utf8')) as { adamW: ReferenceAdamW }).adamW;

const small = transformerParametersSchema.parse({
  layers: 1,
  width: 32,
  heads: 2,
  contextLength: 16,
  batchSize: 4,
  steps: 60,
  warmupSteps: 5,
  learningRate: 0.01,
});

async function createTrainer(parameters: TransformerParameters, seed = 1) {
  const backend = await selectBackend('wasm');
  const model = new Transformer(backend, parameters);
  return { backend, trainer: new TransformerTrainer(backend, model, parameters, createRandom(seed)) };
}

/** Sequences of one pattern that goes round, from random phases. */
function patternBatches({ batchSize, contextLength }: TransformerParameters) {
  const pattern = [...Buffer.from('the quick brown fox jumps. ')];
  const random = createRandom(5);
  return () => {
    const phases = Array.from({ length: batchSize }, () => random.integer(pattern.length));
    const tokens = (shift: number) =>
      Int32Array.from(
        phases.flatMap((phase) =>
          Array.from({ length: contextLength }, (_, t) => pattern[(phase + t + shift) % pattern.length]!),
        ),
      );
    return { inputs: tokens(0), targets: tokens(1) };
  };
}

describe('AdamW', () => {
  it.each(['cpu', 'wasm'] as const)('follows numpy over several updates, clipped and not, on %s', async (name) => {
    const { tf, operations } = await selectBackend(name);
    const n = reference.start.length;
    let state: AdamWState = {
      parameters: tf.tensor1d(reference.start),
      firstMoment: tf.zeros([n]),
      secondMoment: tf.zeros([n]),
    };
    const decay = tf.tensor1d(reference.decay);
    for (const [index, gradient] of reference.gradients.entries()) {
      const settings = { ...reference.settings, update: index + 1 };
      const { gradientNorm, ...next } = operations.adamW(state, tf.tensor1d(gradient), decay, settings);
      expect(gradientNorm.dataSync()[0]).toBeCloseTo(reference.norms[index]!, 5);
      for (const [i, value] of reference.parameters[index]!.entries()) {
        expect(next.parameters.dataSync()[i]).toBeCloseTo(value, 5);
      }
      state = next;
    }
  });

  it('decays matrices alone, neither gains nor the embedding', () => {
    const layout = parameterLayout(small);
    const decay = decayCoefficients(layout, 0.1);
    let offset = 0;
    for (const { name, size } of layout) {
      const expected = /qkv|attentionOut|mlpIn|mlpOut/.test(name) ? Math.fround(0.1) : 0;
      expect(new Set(decay.subarray(offset, offset + size)), name).toEqual(new Set([expected]));
      offset += size;
    }
  });
});

describe('the learning rate', () => {
  const at = (step: number, change: Partial<TransformerParameters> = {}) =>
    learningRateAt(step, {
      ...small,
      steps: 101,
      warmupSteps: 10,
      learningRate: 1,
      minLearningRateRatio: 0.1,
      ...change,
    });

  it('rises linearly, then falls on a cosine to its floor at the last step', () => {
    expect(at(0)).toBeCloseTo(0.1);
    expect(at(9)).toBeCloseTo(1);
    expect(at(10)).toBeCloseTo(1);
    expect(at(55)).toBeCloseTo(0.55);
    expect(at(100)).toBeCloseTo(0.1);
  });

  it('stays when the schedule is constant', () => {
    expect(at(9, { schedule: 'constant' })).toBe(1);
    expect(at(100, { schedule: 'constant' })).toBe(1);
  });
});

describe('a training step', () => {
  it('memorises a repeated pattern', async () => {
    const { trainer } = await createTrainer(small);
    const next = patternBatches(small);
    let loss = Number.NaN;
    const first = trainer.step(next(), learningRateAt(0, small));
    for (let step = 1; step < small.steps; step++) loss = trainer.step(next(), learningRateAt(step, small));
    expect(first).toBeGreaterThan(5);
    expect(loss).toBeLessThan(0.2);
    trainer.dispose();
  });

  it('leaves no tensor behind', async () => {
    const { backend, trainer } = await createTrainer(small);
    const next = patternBatches(small);
    trainer.step(next(), 1e-3);
    const before = backend.tf.memory();
    for (let step = 0; step < 25; step++) trainer.step(next(), 1e-3);
    const after = backend.tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    expect(after.numBytes).toBe(before.numBytes);
    trainer.dispose();
  });
});
