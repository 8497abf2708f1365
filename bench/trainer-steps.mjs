// The transformer trainer as the bench drives it: a model of one of the sizes, its batches, and one step at a time.
// Run directly it is one of several workers: node bench/trainer-steps.mjs SIZE; each line "N" on standard input does N
// steps and is answered by their seconds.
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openWasmBackend } from '../dist/gpu-workers/src/backend/wasm-backend.js';
import { initialParameters } from '../dist/gpu-workers/src/trainers/transformer/initial-parameters.js';
import { parameterLayout } from '../dist/gpu-workers/src/trainers/transformer/parameter-layout.js';
import { Transformer } from '../dist/gpu-workers/src/trainers/transformer/transformer.js';
import { TransformerTrainer } from '../dist/gpu-workers/src/trainers/transformer/transformer-trainer.js';
import { transformerParametersSchema } from '../dist/libs/contracts/src/index.js';
import { createRandom } from '../dist/libs/simplex/src/index.js';

export const sizes = {
  '0.1M': { layers: 2, width: 64, heads: 4, contextLength: 64, batchSize: 16 },
  '1M': { layers: 5, width: 128, heads: 4, contextLength: 128, batchSize: 16 },
};
const SEED = 1;
const BATCHES = 8;

export function describeSize(size) {
  const parameters = transformerParametersSchema.parse(sizes[size]);
  const layout = parameterLayout(parameters);
  return { parameters, layout, start: initialParameters(layout, createRandom(SEED)) };
}

/** Batches of bytes in which each is likely to follow from the one before; the same at every call. */
export function batchesOf({ batchSize, contextLength }) {
  const random = createRandom(2);
  return Array.from({ length: BATCHES }, () => {
    const [inputs, targets] = [[], []];
    for (let row = 0; row < batchSize; row++) {
      let byte = random.integer(256);
      for (let t = 0; t < contextLength; t++) {
        inputs.push(byte);
        byte = random.uniform() < 0.8 ? (7 * byte + 3) % 256 : random.integer(256);
        targets.push(byte);
      }
    }
    return { inputs: Int32Array.from(inputs), targets: Int32Array.from(targets) };
  });
}

/** A function that does one step and returns its loss. */
export async function trainerOf(size) {
  const backend = await openWasmBackend();
  const { parameters } = describeSize(size);
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, createRandom(SEED));
  const batches = batchesOf(parameters);
  let done = 0;
  return () => trainer.step(batches[done++ % batches.length], parameters.learningRate);
}

/** A function that multiplies two square matrices and returns the seconds it took. */
export async function productOf(side) {
  const { tf, operations } = await openWasmBackend();
  const [a, b] = [tf.ones([side, side]), tf.ones([side, side])];
  return () => {
    const begun = performance.now();
    operations.matMul(a, b).dispose();
    return (performance.now() - begun) / 1000;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const step = await trainerOf(process.argv[2]);
  for await (const line of createInterface({ input: process.stdin })) {
    const begun = performance.now();
    for (let i = 0; i < Number(line); i++) step();
    process.stdout.write(`${(performance.now() - begun) / 1000}\n`);
  }
}
