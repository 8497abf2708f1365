/**
 * Which domain each next sequence comes from: always the one furthest behind its share, weight * (drawn + 1) - count.
 * Deterministic, and closer to the weights than any random draw: after n sequences no domain is a whole sequence
 * above its share. So two runs whose weights are near see nearly the same data.
 */
export class MixtureOrder {
  readonly counts: number[];
  readonly #weights: number[];
  #drawn = 0;

  /** @param weights non-negative, with a positive sum; normalised here */
  constructor(weights: readonly number[]) {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0) || weights.some((weight) => !(weight >= 0))) {
      throw new RangeError(`weights must be non-negative and not all 0, got [${weights.join(', ')}]`);
    }
    this.#weights = weights.map((weight) => weight / sum);
    this.counts = weights.map(() => 0);
  }

  next(): number {
    this.#drawn++;
    let chosen = -1;
    let largest = Number.NEGATIVE_INFINITY;
    for (const [index, weight] of this.#weights.entries()) {
      const deficit = weight * this.#drawn - this.counts[index]!;
      if (weight > 0 && deficit > largest) {
        chosen = index;
        largest = deficit;
      }
    }
    this.counts[chosen]!++;
    return chosen;
  }
}
