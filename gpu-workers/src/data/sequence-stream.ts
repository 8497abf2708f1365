import type { Random } from '#libs/simplex';

/**
 * Start offsets of training sequences in one domain's text, for ever: each pass cuts the text into windows of `length`
 * tokens (plus the last one's target) from a new random phase and visits all of them in random order. A domain that
 * is short for its weight is therefore repeated evenly, pass after pass.
 */
export class SequenceStream {
  #windows: Uint32Array = new Uint32Array(0);
  #next = 0;

  /** @param tokens at least length + 1 */
  constructor(
    private readonly tokens: number,
    private readonly length: number,
    private readonly random: Random,
  ) {
    if (tokens < length + 1) throw new RangeError(`tokens must be at least ${length + 1}, got ${tokens}`);
  }

  next(): number {
    if (this.#next === this.#windows.length) this.#startPass();
    return this.#windows[this.#next++]!;
  }

  #startPass(): void {
    const phase = this.random.integer(Math.min(this.length, this.tokens - this.length));
    const count = Math.floor((this.tokens - 1 - phase) / this.length);
    const windows = new Uint32Array(count);
    for (let i = 0; i < count; i++) windows[i] = phase + i * this.length;
    for (let i = count - 1; i > 0; i--) {
      const j = this.random.integer(i + 1);
      const kept = windows[i]!;
      windows[i] = windows[j]!;
      windows[j] = kept;
    }
    this.#windows = windows;
    this.#next = 0;
  }
}
