// One training step on the WASM backend, one thread: the fused kernels against the same model on TensorFlow.js' own
// operations, in turn in one process.
import { createPortableOperations } from '../dist/gpu-workers/src/backend/portable-operations.js';
import { openWasmBackend } from '../dist/gpu-workers/src/backend/wasm-backend.js';
import { TrainingBatches } from '../dist/gpu-workers/src/data/training-batches.js';
import { Transformer } from '../dist/gpu-workers/src/trainers/transformer/transformer.js';
import { TransformerTrainer } from '../dist/gpu-workers/src/trainers/transformer/transformer-trainer.js';
import { transformerParametersSchema } from '../dist/libs/contracts/src/index.js';
import { createRandom } from '../dist/libs/simplex/src/index.js';
import { median } from './median.mjs';

const sizes = {
  'trainer-step 1 layer, 64 wide': { layers: 1, width: 64, heads: 4, contextLength: 32, batchSize: 8 },
  'trainer-step 2 layers, 64 wide': { layers: 2, width: 64, heads: 4, contextLength: 64, batchSize: 16 },
};
const steps = 20;

export async function measure() {
  const { tf, operations } = await openWasmBackend();
  return Object.entries(sizes).map(([name, size]) => {
    const parameters = transformerParametersSchema.parse(size);
    const ours = trainerOn({ tf, operations }, parameters);
    const theirs = trainerOn({ tf, operations: createPortableOperations(tf) }, parameters);
    const times = { ours: [], theirs: [] };
    for (let i = 0; i < steps + 3; i++) {
      const [a, b] = [ours(), theirs()];
      if (i < 3) continue;
      times.ours.push(a);
      times.theirs.push(b);
    }
    const peer = "TensorFlow.js' own operations";
    return { name, ours: median(times.ours), peer, theirs: median(times.theirs), unit: 'ms' };
  });
}

/** A function that does one step and answers with its milliseconds. */
function trainerOn(backend, parameters) {
  const batches = new TrainingBatches([text('a', 7), text('b', 11)], [0.5, 0.5], shapeOf(parameters), 1);
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, createRandom(1));
  return () => {
    const batch = batches.next();
    const begun = performance.now();
    trainer.step(batch, 1e-3);
    return performance.now() - begun;
  };
}

function shapeOf({ batchSize: batch, contextLength: length }) {
  return { batch, length };
}

function text(name, stride) {
  const bytes = Uint8Array.from({ length: 1 << 16 }, (_, i) => (i * stride) % 251);
  return { name, training: bytes, heldOut: bytes };
}
