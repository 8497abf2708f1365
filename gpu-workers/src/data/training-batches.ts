import { createHash } from 'node:crypto';
import { createRandom } from '#libs/simplex';
import type { DomainText } from './load-domain.js';
import { MixtureOrder } from './mixture-order.js';
import { SequenceStream } from './sequence-stream.js';

export interface Batch {
  /** [batch * length] tokens, sequence after sequence. */
  inputs: Int32Array;
  /** [batch * length]: the token after each input. */
  targets: Int32Array;
}

/**
 * Seeded training batches whose domain shares follow the weights. A domain's own order depends on the seed and its
 * name alone, not on the weights or on the other domains: runs of one seed read the same text in the same order and
 * differ by the mixture only.
 */
export class TrainingBatches {
  readonly #order: MixtureOrder;
  readonly #streams: (SequenceStream | undefined)[];

  constructor(
    private readonly domains: readonly DomainText[],
    weights: readonly number[],
    private readonly shape: { batch: number; length: number },
    seed: number,
  ) {
    this.#order = new MixtureOrder(weights);
    this.#streams = domains.map(({ name, training }, index) =>
      weights[index]! > 0
        ? new SequenceStream(training.length, shape.length, createRandom(seed, streamOf(name)))
        : undefined,
    );
  }

  next(): Batch {
    const { batch, length } = this.shape;
    const inputs = new Int32Array(batch * length);
    const targets = new Int32Array(batch * length);
    for (let row = 0; row < batch; row++) {
      const { domain, start } = this.#draw();
      const { training } = this.domains[domain]!;
      inputs.set(training.subarray(start, start + length), row * length);
      targets.set(training.subarray(start + 1, start + length + 1), row * length);
    }
    return { inputs, targets };
  }

  /** Goes on as if this many batches had been drawn. */
  skip(batches: number): void {
    for (let drawn = 0; drawn < batches * this.shape.batch; drawn++) this.#draw();
  }

  #draw(): { domain: number; start: number } {
    const domain = this.#order.next();
    return { domain, start: this.#streams[domain]!.next() };
  }

  /** Tokens drawn so far, by domain. */
  drawnTokens(): Record<string, number> {
    return Object.fromEntries(
      this.domains.map(({ name }, index) => [name, this.#order.counts[index]! * this.shape.length]),
    );
  }
}

/** Stream numbers below 2^32 for createRandom; stream 0 is left to the model's initial values. */
function streamOf(name: string): number {
  return Math.max(1, createHash('sha256').update(name).digest().readUInt32BE(0));
}
