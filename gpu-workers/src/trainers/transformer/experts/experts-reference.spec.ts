import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Experts, transformerParametersSchema } from '#libs/contracts';
import { selectBackend } from '../../../backend/select-backend.js';
import { Transformer } from '../transformer.js';
import { ExpertLoads } from './expert-loads.js';

interface ReferenceCase {
  mlp: string;
  experts: Partial<Experts>;
  bias?: number[][];
  losses: number[];
  loads: number[][];
  gradients: Record<string, { norm: number; projections: number[] }>;
}
interface Reference {
  shape: { contextLength: number; batchSize: number; width: number };
  hidden: number;
  cases: ReferenceCase[];
}
const fixture = new URL('../../../../fixtures/experts-reference.json', import.meta.url);
const { shape, hidden, cases } = JSON.parse(readFileSync(fixture, 'utf8')) as Reference;

/** The script's numbers in [-1, 1): murmur3's finaliser of (index, stream). */
function hashed(count: number, stream: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    let h = (Math.imul(index, 2654435761) + Math.imul(stream, 40503)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

describe('a transformer of routed experts', () => {
  it.each(cases.flatMap((reference) => (['cpu', 'wasm'] as const).map((name) => ({ ...reference, name }))))(
    'has torch’s losses, loads and gradient in every weight: $experts on $name',
    async (reference) => {
      const ratio = hidden / shape.width;
      const parameters = transformerParametersSchema.parse({
        ...shape,
        mlp: reference.mlp,
        experts: { ...reference.experts, ratio },
      });
      const backend = await selectBackend(reference.name);
      const model = new Transformer(backend, parameters);
      expect(model.layout.map(({ name }) => name)).toEqual(Object.keys(reference.gradients));
      expect(model.routerBias.length).toBe(reference.bias?.flat().length ?? 0);
      model.routerBias.set(reference.bias?.flat() ?? []);
      const values = hashed(model.size, 1);
      let offset = 0;
      for (const slot of model.layout) {
        for (let i = offset; i < offset + slot.size; i++) {
          values[i] = slot.shape.length === 1 ? 1 + 0.25 * values[i]! : 0.5 * values[i]!;
        }
        offset += slot.size;
      }
      const tokens = (stream: number) =>
        Int32Array.from(hashed(shape.batchSize * shape.contextLength, stream), (value) =>
          Math.floor((value + 1) * 128),
        );
      const batch = { inputs: tokens(2), targets: tokens(3) };
      const flat = backend.tf.tensor1d(values);

      const [trained, evaluated] = [new ExpertLoads(parameters), new ExpertLoads(parameters)];
      const { losses, gradient } = model.gradient(flat, batch, trained);
      const forward = model.losses(flat, batch, evaluated);
      expect(trained.layers).toEqual(reference.loads);
      expect(evaluated.layers).toEqual(reference.loads);
      for (const [i, value] of reference.losses.entries()) {
        expect(losses.dataSync()[i]).toBeCloseTo(value, 4);
        expect(forward.dataSync()[i]).toBeCloseTo(value, 4);
      }
      const actual = gradient.dataSync();
      offset = 0;
      for (const [number, { name, size }] of model.layout.entries()) {
        const { norm, projections } = reference.gradients[name]!;
        const own = Float64Array.from(actual.subarray(offset, offset + size));
        expect(norm, name).toBeGreaterThan(0);
        for (const [trial, expected] of projections.entries()) {
          const direction = hashed(size, 1000 + 10 * number + trial);
          const projection = own.reduce((sum, value, i) => sum + value * direction[i]!, 0);
          expect(Math.abs(projection - expected) / norm, name).toBeLessThan(1e-4);
        }
        offset += size;
      }
      backend.tf.dispose([flat, losses, gradient, forward]);
      model.dispose();
    },
  );
});
