import type { Gate, Operations, Tensor } from '../../backend/operations.js';
import type { BlockGradient, BlockWeights, FeedForward } from './feed-forward.js';

export interface DenseTrace {
  hidden: Tensor;
  gated: Tensor;
}

/** gate(normed In) Out, with the weights that two names stand for: the MLP of every dense layer, or shared experts. */
export class DenseFeedForward implements FeedForward<DenseTrace> {
  readonly weightNames: readonly [string, string];

  constructor(
    private readonly operations: Operations,
    private readonly kind: Gate,
    weightNames: readonly [string, string] = ['mlpIn', 'mlpOut'],
  ) {
    this.weightNames = weightNames;
  }

  forward(normed: Tensor, weights: BlockWeights, residual: Tensor): { out: Tensor; trace: DenseTrace } {
    const [entry, exit] = this.#pick(weights);
    const trace = this.operations.matMulGate(this.kind, normed, entry);
    return { out: this.operations.matMul(trace.gated, exit, residual), trace };
  }

  gradient(dout: Tensor, normed: Tensor, weights: BlockWeights, { hidden, gated }: DenseTrace): BlockGradient {
    const { operations } = this;
    const [entry, exit] = this.#pick(weights);
    const dExit = operations.matMulTransposedA(gated, dout);
    const dHidden = operations.matMulGateGradient(this.kind, dout, exit, hidden);
    const dEntry = operations.matMulTransposedA(normed, dHidden);
    const [entryName, exitName] = this.weightNames;
    return {
      dNormed: operations.matMulTransposedB(dHidden, entry),
      gradients: { [entryName]: dEntry, [exitName]: dExit },
    };
  }

  loads(): readonly number[] {
    return [];
  }

  #pick(weights: BlockWeights): [Tensor, Tensor] {
    const [entry, exit] = this.weightNames;
    return [weights[entry]!, weights[exit]!];
  }
}
