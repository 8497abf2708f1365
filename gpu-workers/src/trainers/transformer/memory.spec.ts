import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { transformerParametersSchema } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import { selectBackend } from '../../backend/select-backend.js';
import type { DomainText } from '../../data/load-domain.js';
import { TrainingBatches } from '../../data/training-batches.js';
import { evaluateDomain } from './evaluate.js';
import { Transformer } from './transformer.js';
import { TransformerTrainer } from './transformer-trainer.js';

const parameters = transformerParametersSchema.parse({
  layers: 2,
  width: 16,
  heads: 2,
  contextLength: 16,
  batchSize: 4,
  evaluationTokens: 160,
});
const bytes = Uint8Array.from({ length: 4000 }, (_, i) => (i * 7) % 251);
const domain = { name: 'text', training: bytes, heldOut: bytes } as unknown as DomainText;

describe('the memory of a run', () => {
  it('is the same after 220 steps as after 20, evaluations between them', async () => {
    const backend = await selectBackend('wasm');
    const { tf } = backend;
    const wasm = (tf.backend() as BackendWasm).wasm as unknown as { HEAPU8: Uint8Array };
    const model = new Transformer(backend, parameters);
    const trainer = new TransformerTrainer(backend, model, parameters, createRandom(1));
    const batches = new TrainingBatches([domain], [1], { batch: 4, length: 16 }, 1);
    const used = () => {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      return { numTensors, numDataBuffers, numBytes, heapBytes: wasm.HEAPU8.length };
    };
    const trainTo = (step: number, from: number) => {
      for (let done = from; done < step; done++) {
        trainer.step(batches.next(), 1e-3);
        if (done % 10 === 9) evaluateDomain(model, trainer.weights, domain, parameters);
      }
    };

    trainTo(20, 0);
    const before = used();
    trainTo(220, 20);
    expect(used()).toEqual(before);
    expect(before.heapBytes).toBeGreaterThan(before.numBytes);
    trainer.dispose();
    model.dispose();
  });
});
