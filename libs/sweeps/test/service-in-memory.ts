import { type Assignment, type CreateSweepInput, createSweepSchema } from '#libs/contracts';
import { createMemoryStore } from '#libs/testing';
import { advanceStage } from '../src/advance-stage.js';
import type { SweepContext } from '../src/context.js';
import type { FitRequest, FitRunner, ProposalOutcome } from '../src/ports/fit-runner.port.js';
import type { AttemptKey, FitQueue, RunQueue } from '../src/ports/queue.port.js';
import { registerCorpus } from '../src/register-corpus.js';
import { designMixtures } from '../src/strategies/index.js';
import { submitSweep } from '../src/submit-sweep.js';
import { admitRuns } from '../src/transitions/admit-runs.js';
import { dispatchOutbox } from '../src/transitions/dispatch-outbox.js';
import { recordReport } from '../src/transitions/record-report.js';

export const leaseSeconds = 30;

/** The whole service on the in-memory store, with a queue that the test empties by hand and a clock that it moves. */
export class ServiceInMemory {
  readonly assignments: Assignment[] = [];
  readonly stages: string[] = [];
  readonly stopped: AttemptKey[] = [];
  readonly fitRequests: FitRequest[] = [];
  presenceOf: 'waiting' | 'held' | 'gone' = 'waiting';
  time = new Date('2026-01-01T00:00:00Z').getTime();
  private ids = 0;

  readonly context: SweepContext = {
    store: createMemoryStore(),
    now: () => new Date(this.time),
    newId: (kind) => `${kind}_${++this.ids}`,
    codeVersion: 'test',
    design: async (task) => designMixtures(task),
  };

  readonly runQueue: RunQueue = {
    enqueue: async (assignment) => void this.assignments.push(assignment),
    presence: async () => this.presenceOf,
    requestStop: async (key) => void this.stopped.push({ runId: key.runId, attempt: key.attempt }),
    ping: async () => {},
  };

  private readonly fitQueue: FitQueue = {
    enqueue: async (sweepId) => void this.stages.push(sweepId),
    consume: () => ({ close: async () => {} }),
  };

  /** Gives half to the first domain; a test overrides what it is about. */
  runner: FitRunner = {
    fit: async (request) => {
      this.fitRequests.push(request);
      const targets = Object.keys(request.evidence.losses);
      const models = targets.map((target) => ({ target, packed: new Uint8Array([1, 2, 3]) }));
      return { diagnostics: {}, models, unfitted: {} };
    },
    propose: async ({ evidence: { domains } }): Promise<ProposalOutcome> => {
      const weights = Object.fromEntries(domains.map((name, i) => [name, i === 0 ? 0.5 : 0.5 / (domains.length - 1)]));
      return { weights, abstained: null, document: { weights, abstained: null } };
    },
    close: async () => {},
  };

  async submit(overrides: Partial<CreateSweepInput> = {}, key?: string) {
    const { corpus } = await registerCorpus(this.context, {
      name: 'toy',
      domains: [
        { name: 'web', source: 'web.txt', tokens: 600_000 },
        { name: 'code', source: 'code.txt', tokens: 300_000 },
        { name: 'books', source: 'books.txt', tokens: 100_000 },
      ],
    });
    const request = createSweepSchema.parse({
      corpusId: corpus.id,
      strategy: { name: 'regmix', runs: 8 },
      ...overrides,
    });
    return submitSweep(this.context, request, key);
  }

  /** Postgres → queue. Returns the assignments that came out. */
  async feed(window = 100): Promise<Assignment[]> {
    const before = this.assignments.length;
    await admitRuns(this.context, window);
    await dispatchOutbox(this.context, { runs: this.runQueue, fits: this.fitQueue }, leaseSeconds);
    return this.assignments.slice(before);
  }

  report(assignment: AttemptKey, report: object, workerId = 'worker-1') {
    const { runId, attempt } = assignment;
    return recordReport(this.context, { runId, attempt, workerId, ...report } as never, leaseSeconds);
  }

  start(assignment: AttemptKey, workerId?: string) {
    return this.report(assignment, { type: 'started', host: 'host' }, workerId);
  }

  async finish(assignment: Assignment, workerId?: string) {
    await this.start(assignment, workerId);
    return this.report(assignment, resultOf(assignment), workerId);
  }

  /** Empties the stage queue. */
  async advance(): Promise<void> {
    for (const sweepId of this.stages.splice(0)) await advanceStage(this.context, this.runner, sweepId);
  }

  async sweep(id: string) {
    return (await this.context.store.findSweep(id))!;
  }

  async run(id: string) {
    return (await this.context.store.findRun(id))!;
  }
}

/** A domain's loss falls with its weight; the seed shifts all of them alike. */
export function resultOf(assignment: Assignment) {
  return {
    type: 'result',
    tokens: 1000,
    seconds: 1,
    losses: Object.fromEntries(
      assignment.domains.map(({ name, weight }) => {
        const natsPerToken = 3 - weight + assignment.seed / 1000;
        return [name, { natsPerToken, bitsPerByte: natsPerToken / Math.LN2 }];
      }),
    ),
  };
}
