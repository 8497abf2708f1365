import type { Logger } from 'pino';
import type { WorkerSnapshot } from '#libs/contracts';
import type { ReportOutbox } from '#libs/sweeps';

/** What a worker says of itself, but for the number that this class gives it. */
export type WorkerFacts = Omit<WorkerSnapshot, 'sequence'>;

/** Runs can end many times a second: changes are told at most this often. */
const quietMs = 1000;

const firstSecond = Date.UTC(2025, 0, 1) / 1000;

/**
 * Tells who this worker is and how it does: at its start, on every change, and as a sign of life. Only the newest
 * snapshot is ever waiting to be sent, so that a store which is away costs nothing; what could not be sent is sent with
 * the next sign of life. Never throws and never keeps a run waiting.
 */
export class WorkerPresence {
  #facts: WorkerFacts;
  #lastSequence = 0;
  #lastSent = Number.NEGATIVE_INFINITY;
  #isStale = false;
  #hasTrouble = false;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #signs: NodeJS.Timeout | undefined;

  constructor(
    private readonly outbox: ReportOutbox,
    facts: WorkerFacts,
    private readonly logger: Logger,
  ) {
    this.#facts = facts;
  }

  start(): void {
    this.#say();
    this.#signs = setInterval(() => this.#say(), this.#facts.heartbeatSeconds * 1000);
  }

  /** What is new. Told at once, or as soon as the last word is a second old. */
  update(news: Partial<WorkerFacts>): void {
    if (!this.#learn(news) || this.#signs === undefined || this.#timer !== undefined) return;
    const wait = this.#lastSent + quietMs - performance.now();
    if (wait <= 0) this.#say();
    else this.#timer = setTimeout(() => this.#say(), wait);
  }

  /** Tells this at once. Resolves when it is sent, could not be sent, or after `withinSeconds`. */
  async announce(news: Partial<WorkerFacts>, withinSeconds: number): Promise<void> {
    if (!this.#learn(news) || this.#signs === undefined) return;
    this.#say();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      this.#sending,
      new Promise((resolve) => {
        timer = setTimeout(resolve, withinSeconds * 1000);
      }),
    ]);
    clearTimeout(timer);
  }

  /** No word more. */
  end(): void {
    clearInterval(this.#signs);
    clearTimeout(this.#timer);
    this.#signs = undefined;
    this.#timer = undefined;
  }

  #learn(news: Partial<WorkerFacts>): boolean {
    const before = JSON.stringify(this.#facts);
    this.#facts = { ...this.#facts, ...news };
    return JSON.stringify(this.#facts) !== before;
  }

  #say(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isStale = true;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      this.#lastSent = performance.now();
      try {
        await this.outbox.send({ type: 'worker', worker: { ...this.#facts, sequence: this.#nextSequence() } });
        if (this.#hasTrouble) this.logger.info('what this worker says of itself is heard again');
        this.#hasTrouble = false;
      } catch (error) {
        if (!this.#hasTrouble) this.logger.warn({ err: error }, 'what this worker says of itself could not be sent');
        this.#hasTrouble = true;
        return;
      }
    }
  }

  /** Grows over restarts of a worker that keeps its id: the clock's seconds, or one more than the last. */
  #nextSequence(): number {
    this.#lastSequence = Math.max(this.#lastSequence + 1, Math.floor(Date.now() / 1000 - firstSecond));
    return this.#lastSequence;
  }
}
