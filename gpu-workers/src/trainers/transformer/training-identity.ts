import { createHash } from 'node:crypto';
import { createRandom } from '#libs/simplex';
import type { Backend } from '../../backend/backend.js';
import type { DomainText } from '../../data/load-domain.js';
import type { TrainingBatches } from '../../data/training-batches.js';
import { initialParameters } from './initial-parameters.js';
import { Transformer } from './transformer.js';
import type { TransformerAssignment } from './transformer-assignment.js';

/**
 * What decides the bits of a training beside the assignment, which the worker compares: the backend, the text as it lies
 * on this worker, and the arithmetic itself, as the hash of the losses and the gradient of the first batch under the
 * initial weights. That hash differs as soon as the trainer, a kernel, a library or the machine computes the least bit
 * otherwise, which no list of versions could promise. Costs one step and reading the text once.
 * @param batches fresh: its first batch is drawn
 */
export function trainingIdentity(
  backend: Backend,
  { parameters, seed }: Pick<TransformerAssignment, 'parameters' | 'seed'>,
  texts: readonly DomainText[],
  batches: TrainingBatches,
): Record<string, string> {
  const text = createHash('sha256');
  for (const { name, training, heldOut, heldOutLengths } of texts) {
    const parts = [training, heldOut, ...(heldOutLengths ? [heldOutLengths] : [])];
    text.update(`${name} ${parts.map(({ byteLength }) => byteLength).join(' ')}\n`);
    for (const part of parts) text.update(bytesOf(part));
  }
  const arithmetic = createHash('sha256');
  const model = new Transformer(backend, parameters);
  const weights = backend.tf.tensor1d(initialParameters(model.layout, createRandom(seed)));
  const { losses, gradient } = model.gradient(weights, batches.next());
  for (const tensor of [losses, gradient]) arithmetic.update(bytesOf(tensor.dataSync() as Float32Array));
  backend.tf.dispose([weights, losses, gradient]);
  model.dispose();
  return { backend: backend.name, text: text.digest('hex'), arithmetic: arithmetic.digest('hex') };
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
