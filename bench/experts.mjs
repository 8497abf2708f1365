// One training step of a mixture-of-experts proxy against a dense proxy with as many parameters at work on each token,
// in turn in one process, WASM, one thread. The ratio says what routing costs.
import { openWasmBackend } from '../dist/gpu-workers/src/backend/wasm-backend.js';
import { Transformer } from '../dist/gpu-workers/src/trainers/transformer/transformer.js';
import { TransformerTrainer } from '../dist/gpu-workers/src/trainers/transformer/transformer-trainer.js';
import { transformerParametersSchema } from '../dist/libs/contracts/src/index.js';
import { createRandom } from '../dist/libs/simplex/src/index.js';
import { median } from './median.mjs';
import { batchesOf, sizes } from './trainer-steps.mjs';

const measurements = {
  'experts-step 0.1M, 2 of 8': { size: '0.1M', experts: { count: 8, topK: 2 } },
  'experts-step 1M, 2 of 8': { size: '1M', experts: { count: 8, topK: 2 } },
  'experts-step 1M, 8 of 64': { size: '1M', experts: { count: 64, topK: 8 } },
};
const [warmUp, steps] = [3, 15];

export async function measure(wanted) {
  const backend = await openWasmBackend();
  const rows = [];
  for (const [name, { size, experts }] of Object.entries(measurements)) {
    if (!wanted(name)) continue;
    const ours = trainerOn(backend, { ...sizes[size], experts });
    const theirs = trainerOn(backend, sizes[size]);
    const times = { ours: [], theirs: [] };
    for (let i = 0; i < warmUp + steps; i++) {
      const [a, b] = [ours.step(), theirs.step()];
      if (i < warmUp) continue;
      times.ours.push(a);
      times.theirs.push(b);
    }
    const peer = `dense, ${theirs.size} instead of ${ours.size} parameters`;
    rows.push({ name, ours: median(times.ours), peer, theirs: median(times.theirs), unit: 'ms' });
    ours.dispose();
    theirs.dispose();
  }
  return rows;
}

function trainerOn(backend, shape) {
  const parameters = transformerParametersSchema.parse(shape);
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, createRandom(1));
  const batches = batchesOf(parameters);
  let done = 0;
  return {
    size: model.size,
    step() {
      const begun = performance.now();
      trainer.step(batches[done++ % batches.length], 1e-3);
      return performance.now() - begun;
    },
    dispose() {
      trainer.dispose();
      model.dispose();
    },
  };
}
