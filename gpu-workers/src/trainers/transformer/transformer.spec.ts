import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { transformerParametersSchema } from '#libs/contracts';
import { hiddenWidth } from '#libs/proxy-models';
import { createRandom } from '#libs/simplex';
import { selectBackend } from '../../backend/select-backend.js';
import { initialParameters } from './initial-parameters.js';
import { parameterLayout } from './parameter-layout.js';
import { Transformer } from './transformer.js';

interface ReferenceModel {
  parameters: Record<string, unknown> & { mlp: string };
  names: string[];
  flat: number[];
  inputs: number[];
  targets: number[];
  /** Every 17th column. */
  logits: number[][];
  losses: number[];
}
const fixture = new URL('../../../fixtures/transformer-reference.json', import.meta.url);
const { models } = JSON.parse(readFileSync(fixture, 'utf8')) as { models: ReferenceModel[] };
const cases = models.flatMap((model) => (['cpu', 'wasm'] as const).map((backend) => ({ ...model, backend })));

const small = { layers: 2, width: 8, heads: 2, contextLength: 8, batchSize: 2, mlpRatio: 1.5 };

describe('the transformer', () => {
  it.each(cases)('gives numpy’s logits and losses, $parameters.mlp on $backend', async (reference) => {
    const backend = await selectBackend(reference.backend);
    const model = new Transformer(backend, transformerParametersSchema.parse(reference.parameters));
    expect(model.layout.map(({ name }) => name)).toEqual(reference.names);
    const flat = backend.tf.tensor1d(reference.flat);
    const [inputs, targets] = [Int32Array.from(reference.inputs), Int32Array.from(reference.targets)];

    const logits = model.logits(flat, inputs).arraySync() as number[][];
    for (const [row, expected] of reference.logits.entries()) {
      const actual = logits[row]!.filter((_, column) => column % 17 === 0);
      expect(actual.length).toBe(expected.length);
      for (const [column, value] of expected.entries()) expect(actual[column]).toBeCloseTo(value, 3);
    }
    const forward = model.losses(flat, { inputs, targets }).dataSync();
    const { losses } = model.gradient(flat, { inputs, targets });
    expect(forward.length).toBe(reference.losses.length);
    for (const [index, value] of reference.losses.entries()) {
      expect(forward[index]).toBeCloseTo(value, 3);
      expect(losses.dataSync()[index]).toBeCloseTo(value, 3);
    }
  });

  it.each(['swiglu', 'relu2'] as const)('has the gradient of finite differences in every weight, %s', async (mlp) => {
    const parameters = transformerParametersSchema.parse({ ...small, mlp });
    const backend = await selectBackend('cpu');
    const { tf } = backend;
    const random = createRandom(11);
    const model = new Transformer(backend, parameters);
    const start = initialParameters(model.layout, random).map((value) => value + 0.1 * random.normal());
    const tokens = () => Int32Array.from({ length: 16 }, () => random.integer(256));
    const batch = { inputs: tokens(), targets: tokens() };
    const gradient = model.gradient(tf.tensor1d(start), batch).gradient.dataSync() as Float32Array;
    const meanLoss = (values: Float32Array) => {
      const losses = model.losses(tf.tensor1d(values), batch).dataSync() as Float32Array;
      return losses.reduce((total, loss) => total + loss, 0) / losses.length;
    };

    let offset = 0;
    for (const { name, size } of model.layout) {
      // A random direction within one weight: a wrong gradient anywhere in it changes the slope.
      for (let trial = 0; trial < 3; trial++) {
        const direction = new Float32Array(start.length);
        for (let i = offset; i < offset + size; i++) direction[i] = random.normal();
        const h = 0.01 / Math.sqrt(size);
        const at = (steps: number) => meanLoss(start.map((value, i) => value + steps * h * direction[i]!));
        const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
        const analytic = gradient.reduce((total, value, i) => total + value * direction[i]!, 0);
        const scale = Math.hypot(...gradient.subarray(offset, offset + size));
        expect(scale, name).toBeGreaterThan(0);
        expect(Math.abs(numeric - analytic) / scale, `${name}: ${numeric} against ${analytic}`).toBeLessThan(0.02);
      }
      offset += size;
    }
    expect(offset).toBe(gradient.length);
  });

  it.each(['swiglu', 'relu2'] as const)('has the same gradient on the WASM kernels as on the CPU, %s', async (mlp) => {
    const parameters = transformerParametersSchema.parse({ ...small, contextLength: 19, batchSize: 3, width: 24, mlp });
    const random = createRandom(12);
    const tokens = () => Int32Array.from({ length: 57 }, () => random.integer(256));
    const batch = { inputs: tokens(), targets: tokens() };
    const start = initialParameters(parameterLayout(parameters), random);
    const gradients: Float32Array[] = [];
    for (const name of ['cpu', 'wasm'] as const) {
      const backend = await selectBackend(name);
      const model = new Transformer(backend, parameters);
      gradients.push(model.gradient(backend.tf.tensor1d(start), batch).gradient.dataSync() as Float32Array);
    }
    const [reference, actual] = gradients as [Float32Array, Float32Array];
    const largest = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = reference.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
    expect(worst / largest).toBeLessThan(1e-4);
  });

  it('sees no later token: changing one leaves earlier logits as they were', async () => {
    const parameters = transformerParametersSchema.parse({ ...small, batchSize: 1 });
    const backend = await selectBackend('wasm');
    const model = new Transformer(backend, parameters);
    const flat = backend.tf.tensor1d(initialParameters(model.layout, createRandom(3)));
    const before = model.logits(flat, Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8])).dataSync();
    const after = model.logits(flat, Int32Array.from([1, 2, 3, 4, 5, 99, 7, 8])).dataSync();
    expect(after.slice(0, 5 * 256)).toEqual(before.slice(0, 5 * 256));
    expect(after.slice(5 * 256)).not.toEqual(before.slice(5 * 256));
  });

  it('counts its parameters: one embedding, no output matrix, no positions', async () => {
    const parameters = transformerParametersSchema.parse({ layers: 2, width: 64, heads: 4 });
    expect(hiddenWidth(parameters)).toBe(172);
    const model = new Transformer(await selectBackend('cpu'), parameters);
    expect(model.size).toBe(256 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 172 + 2 * 64) + 64);
  });
});
