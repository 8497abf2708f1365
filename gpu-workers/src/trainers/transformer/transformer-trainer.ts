import type { TransformerParameters } from '#libs/contracts';
import type { Random } from '#libs/simplex';
import type { Backend } from '../../backend/backend.js';
import type { AdamWState, Tensor } from '../../backend/operations.js';
import type { Batch } from '../../data/training-batches.js';
import { ExpertLoads } from './experts/expert-loads.js';
import { moveRouterBias } from './experts/move-router-bias.js';
import { decayCoefficients, initialParameters, rateFactors } from './initial-parameters.js';
import type { Transformer } from './transformer.js';

const epsilon = 1e-8;

/** Everything that the next step depends on beside its batch and rate: restored, training goes on bit for bit. */
export interface TrainerState {
  updates: number;
  /** Flat, in the order of the model's layout, as the moments are. */
  parameters: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  /** [layers * experts] with loss-free balancing, else empty. */
  routerBias: Float32Array;
}

/** The optimiser's state and one update at a time: AdamW over the flat parameter vector. Owns its tensors. */
export class TransformerTrainer {
  #state: AdamWState;
  #updates = 0;
  readonly #decay: Tensor;
  readonly #rates: Tensor | undefined;

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
    const rates = rateFactors(model.layout);
    this.#rates = rates && tf.tensor1d(rates);
  }

  get weights(): Tensor {
    return this.#state.parameters;
  }

  /** Updates the weights on one batch; returns the batch's mean loss before the update. */
  step(batch: Batch, learningRate: number): number {
    const { tf, operations } = this.backend;
    const { beta1, beta2, gradientClip } = this.parameters;
    this.#updates++;
    const loads = new ExpertLoads(this.parameters);
    const { losses, ...next } = tf.tidy(() => {
      const { losses, gradient } = this.model.gradient(this.#state.parameters, batch, loads);
      const settings = { learningRate, beta1, beta2, epsilon, gradientClip, update: this.#updates };
      const { gradientNorm: _, ...state } = operations.adamW(this.#state, gradient, this.#decay, settings, this.#rates);
      return { losses, ...state };
    });
    tf.dispose(this.#state as never);
    this.#state = next;
    const { experts } = this.parameters;
    if (experts?.balancing === 'loss-free') moveRouterBias(this.model.routerBias, loads.layers, experts.biasRate);
    const values = losses.dataSync();
    losses.dispose();
    let total = 0;
    for (const value of values) total += value;
    return total / values.length;
  }

  /** A copy. */
  state(): TrainerState {
    const read = (tensor: Tensor) => Float32Array.from(tensor.dataSync() as Float32Array);
    const { parameters, firstMoment, secondMoment } = this.#state;
    return {
      updates: this.#updates,
      parameters: read(parameters),
      firstMoment: read(firstMoment),
      secondMoment: read(secondMoment),
      routerBias: Float32Array.from(this.model.routerBias),
    };
  }

  /** Throws when an array has another length than this model's. */
  restore({ updates, routerBias, ...arrays }: TrainerState): void {
    const { tf } = this.backend;
    const lengths = { parameters: this.model.size, firstMoment: this.model.size, secondMoment: this.model.size };
    for (const [name, length] of Object.entries(lengths)) {
      requireLength(name, arrays[name as keyof typeof arrays], length);
    }
    requireLength('routerBias', routerBias, this.model.routerBias.length);
    tf.dispose(this.#state as never);
    this.#state = {
      parameters: tf.tensor1d(arrays.parameters),
      firstMoment: tf.tensor1d(arrays.firstMoment),
      secondMoment: tf.tensor1d(arrays.secondMoment),
    };
    this.#updates = updates;
    this.model.routerBias.set(routerBias);
  }

  dispose(): void {
    this.backend.tf.dispose([...Object.values(this.#state), this.#decay, ...(this.#rates ? [this.#rates] : [])]);
  }
}

function requireLength(name: string, array: Float32Array, length: number): void {
  if (array.length !== length)
    throw new Error(`${name} must have ${length} values for this model, got ${array.length}`);
}
