/**
 * A worker that fails every run at once (a broken driver, a missing disk) would empty the whole queue in a minute.
 * Failures which the run itself causes (wrong parameters, a domain without text) say nothing about the worker and are
 * not counted; neither do they end a row of quick failures.
 */
export class QuickFailures {
  #inARow = 0;

  constructor(
    private readonly limit = 5,
    private readonly quickSeconds = 2,
  ) {}

  /** True when this failure completes the row: the worker should claim nothing more. */
  failed(seconds: number): boolean {
    this.#inARow = seconds < this.quickSeconds ? this.#inARow + 1 : 0;
    return this.#inARow === this.limit;
  }

  succeeded(): void {
    this.#inARow = 0;
  }
}
