import type { TransformerParameters } from '#libs/contracts';
import type { Random } from '#libs/simplex';
import type { Backend } from '../../backend/backend.js';
import type { AdamWState, Tensor } from '../../backend/operations.js';
import type { Batch } from '../../data/training-batches.js';
import { decayCoefficients, initialParameters } from './initial-parameters.js';
import type { Transformer } from './transformer.js';

const epsilon = 1e-8;

/** The optimiser's state and one update at a time: AdamW over the flat parameter vector. Owns its tensors. */
export class TransformerTrainer {
  #state: AdamWState;
  #updates = 0;
  readonly #decay: Tensor;

  constructor(
    private readonly backend: Pick<Backend, 'tf' | 'operations'>,
    private readonly model: Transformer,
    private readonly parameters: TransformerParameters,
    random: Random,
  ) {
    const { tf } = backend;
    this.#state = {
      parameters: tf.tensor1d(initialParameters(model.layout, random)),
      firstMoment: tf.zeros([model.size]),
      secondMoment: tf.zeros([model.size]),
    };
    this.#decay = tf.tensor1d(decayCoefficients(model.layout, parameters.weightDecay));
  }

  get weights(): Tensor {
    return this.#state.parameters;
  }

  /** Updates the weights on one batch; returns the batch's mean loss before the update. */
  step(batch: Batch, learningRate: number): number {
    const { tf, operations } = this.backend;
    const { beta1, beta2, gradientClip } = this.parameters;
    this.#updates++;
    const { losses, ...next } = tf.tidy(() => {
      const { losses, gradient } = this.model.gradient(this.#state.parameters, batch);
      const settings = { learningRate, beta1, beta2, epsilon, gradientClip, update: this.#updates };
      const { gradientNorm: _, ...state } = operations.adamW(this.#state, gradient, this.#decay, settings);
      return { losses, ...state };
    });
    tf.dispose(this.#state as never);
    this.#state = next;
    const values = losses.dataSync();
    losses.dispose();
    let total = 0;
    for (const value of values) total += value;
    return total / values.length;
  }

  dispose(): void {
    this.backend.tf.dispose([...Object.values(this.#state), this.#decay]);
  }
}
