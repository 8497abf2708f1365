import type { Logger } from 'pino';
import type { AssignmentSource, Consumption, ReportOutbox } from '#libs/sweeps';
import { executeAssignment, type WorkerIdentity } from './execute-assignment.js';
import { QuickFailures } from './quick-failures.js';
import { removeAbandonedFolders } from './work-folder.js';

export interface WorkerHostOptions extends WorkerIdentity {
  concurrency: number;
  /** How long `close` waits for trainers to end and for `released` reports to be sent. */
  graceSeconds: number;
}

/** Claims assignments and runs each to its end. Knows the queue's two ports and nothing of the store. */
export class WorkerHost {
  readonly #shutdown = new AbortController();
  readonly #quickFailures = new QuickFailures();
  #consumption: Consumption | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly source: AssignmentSource,
    private readonly outbox: ReportOutbox,
    private readonly options: WorkerHostOptions,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    await removeAbandonedFolders(this.options.workDir);
    if (this.#closing !== undefined) return;
    const { workerId, concurrency, trainers } = this.options;
    this.#consumption = this.source.consume(concurrency, async (assignment, stop) => {
      const begun = performance.now();
      const signals = { stop, shutdown: this.#shutdown.signal };
      const end = await executeAssignment(assignment, this.options, this.outbox, signals, this.logger);
      if (end === 'done') this.#quickFailures.succeeded();
      if (end === 'sick' && this.#quickFailures.failed((performance.now() - begun) / 1000)) this.#stopClaiming();
    });
    this.logger.info({ workerId, concurrency, trainers: Object.keys(trainers) }, 'waiting for assignments');
  }

  /** Takes nothing more, ends the trainers, reports their attempts as released. Resolves within the grace period. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const drained = this.#consumption?.close() ?? Promise.resolve();
    this.#shutdown.abort('the worker shuts down');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.options.graceSeconds * 1000);
    });
    const outcome = await Promise.race([drained.catch((error: unknown) => error as Error), late]);
    clearTimeout(timer);
    if (outcome === 'late')
      this.logger.warn('the grace period is over; the leases of unreported attempts will run out');
    else if (outcome instanceof Error) this.logger.warn({ err: outcome }, 'the queue did not close cleanly');
  }

  #stopClaiming(): void {
    this.logger.error(
      'the last runs all failed within seconds for no fault of their own: this worker claims nothing more. ' +
        'Mend what the failures above name and start it again',
    );
    // Not awaited: the queue waits for the handler we are in.
    this.#consumption?.close().catch((error: unknown) => this.logger.warn({ err: error }, 'could not stop claiming'));
  }
}
