import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { codeVersion } from '#libs/code-version';
import { type Assignment, builtInTrainerName, type WorkerSnapshot } from '#libs/contracts';
import type { AssignmentSource, ReportOutbox } from '#libs/sweeps';
import { type AttemptVerdict, type BreakerLimits, defaultBreaker } from './circuit-breaker.js';
import { Claims } from './claims.js';
import { executeAssignment, type WorkerIdentity } from './execute-assignment.js';
import { gpuNames } from './gpu-names.js';
import { IdleMeasurement, type Measure } from './idle-measurement.js';
import { removeAbandonedFolders } from './work-folder.js';
import { WorkerPresence } from './worker-presence.js';

export interface WorkerHostOptions extends WorkerIdentity {
  concurrency: number;
  /** How long `close` waits for trainers to end and for `released` reports to be sent. */
  graceSeconds: number;
  /** How assignments and reports travel; `queue` when absent. */
  transport?: WorkerSnapshot['transport'];
  breaker?: BreakerLimits;
  heartbeatSeconds?: number;
  /** How fast this machine is; not measured when absent. */
  measure?: Measure;
}

/** A last word that the store does not take within this time is not waited for. */
const lastWordSeconds = 2;

/** Claims assignments and runs each to its end, and says how it does. Knows the queue's ports and nothing of the store. */
export class WorkerHost {
  readonly #shutdown = new AbortController();
  readonly #presence: WorkerPresence;
  readonly #claims: Claims;
  readonly #measurement: IdleMeasurement | undefined;
  #busy = 0;
  #closing: Promise<void> | undefined;

  constructor(
    source: AssignmentSource,
    private readonly outbox: ReportOutbox,
    private readonly options: WorkerHostOptions,
    private readonly logger: Logger,
  ) {
    const { concurrency, breaker = defaultBreaker, measure } = options;
    this.#presence = new WorkerPresence(outbox, factsOf(options), logger);
    this.#claims = new Claims(
      source,
      concurrency,
      (assignment, stop) => this.#execute(assignment, stop),
      breaker,
      (state, reason) => this.#presence.update({ state: state === 'closed' ? 'active' : 'broken', reason }),
      logger,
    );
    this.#measurement = measure && new IdleMeasurement(measure, (facts) => this.#presence.update(facts), logger);
  }

  async start(): Promise<void> {
    await removeAbandonedFolders(this.options.workDir);
    if (this.#closing !== undefined) return;
    this.#presence.start();
    this.#claims.start();
    this.#measurement?.idle(0);
    void gpuNames().then((gpus) => this.#presence.update({ gpus }));
    const { workerId, concurrency, trainers } = this.options;
    this.logger.info({ workerId, concurrency, trainers: Object.keys(trainers) }, 'waiting for assignments');
  }

  /** Takes nothing more, ends the trainers, reports their attempts as released. Resolves within the grace period. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const drained = this.#claims.close();
    this.#shutdown.abort('the worker shuts down');
    this.#measurement?.interrupt();
    void this.#presence.announce({ state: 'stopping', reason: 'the worker was told to stop' }, lastWordSeconds);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.options.graceSeconds * 1000);
    });
    const outcome = await Promise.race([drained, late]);
    clearTimeout(timer);
    if (outcome === 'late')
      this.logger.warn('the grace period is over; the leases of unreported attempts will run out');
    await this.#presence.announce({ state: 'stopped' }, Math.min(lastWordSeconds, this.options.graceSeconds));
    this.#presence.end();
  }

  async #execute(assignment: Assignment, stop: AbortSignal): Promise<AttemptVerdict> {
    this.#measurement?.interrupt();
    this.#changeBusy(1);
    try {
      const signals = { stop, shutdown: this.#shutdown.signal };
      return await executeAssignment(assignment, this.options, this.#listeningTo(assignment), signals, this.logger);
    } finally {
      this.#changeBusy(-1);
      if (this.#busy === 0 && this.#closing === undefined) this.#measurement?.idle();
    }
  }

  #changeBusy(by: 1 | -1): void {
    this.#busy += by;
    this.#presence.update({ busy: this.#busy });
  }

  /** A built-in trainer says its backend: a worker that never rests is known by it before it is measured. */
  #listeningTo(assignment: Assignment): ReportOutbox {
    if (assignment.trainer.name !== builtInTrainerName) return this.outbox;
    return {
      send: (report) => {
        if (report.type === 'backend') this.#presence.update({ backend: report.backend, backendReason: report.reason });
        return this.outbox.send(report);
      },
    };
  }
}

function factsOf(options: WorkerHostOptions): Omit<WorkerSnapshot, 'sequence'> {
  const { workerId, transport = 'queue', concurrency, trainers, heartbeatSeconds = 15 } = options;
  return {
    id: workerId,
    host: hostname().slice(0, 200),
    version: codeVersion(),
    transport,
    backend: null,
    backendReason: '',
    gigaflops: null,
    tokensPerSecond: null,
    slots: concurrency,
    busy: 0,
    gpus: [],
    trainers: Object.keys(trainers),
    state: 'active',
    reason: null,
    heartbeatSeconds,
  };
}
