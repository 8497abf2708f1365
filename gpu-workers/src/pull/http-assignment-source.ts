import type { Logger } from 'pino';
import type { Assignment, Lease } from '#libs/contracts';
import type { AssignmentSource, Consumption } from '#libs/sweeps';
import { pause } from '../host/pause.js';
import type { HeldLeases } from './held-leases.js';
import { ApiTrouble, type LeaseClient } from './lease-client.js';

export interface PullTiming {
  /** How long the API may take to answer when there is nothing to do. */
  waitSeconds: number;
  /** After an error; it doubles up to `longestBackoffMs`, with a random part. */
  firstBackoffMs: number;
  longestBackoffMs: number;
}

export const defaultPullTiming: PullTiming = { waitSeconds: 20, firstBackoffMs: 500, longestBackoffMs: 30_000 };

export interface PullIdentity {
  workerId: string;
  host: string;
  /** Names of the trainers that this worker has: it is given no other runs. */
  trainers: readonly string[];
}

type Handler = (assignment: Assignment, stop: AbortSignal) => Promise<void>;

/** What is lost when it closes is asked for once more, and not waited for any longer than this. */
const lastAskMs = 2000;

/**
 * Leases one run after the other as long as there is room. At most one request is under way at a time, so that the API
 * can tell from it which leases reached this worker: one that did not is handed out again.
 */
export class HttpAssignmentSource implements AssignmentSource {
  #asking: Promise<unknown> = Promise.resolve();
  #inTrouble = false;

  constructor(
    private readonly client: LeaseClient,
    private readonly held: HeldLeases,
    private readonly identity: PullIdentity,
    private readonly logger: Logger,
    private readonly timing: PullTiming = defaultPullTiming,
  ) {}

  consume(concurrency: number, handler: Handler): Consumption {
    const closing = new AbortController();
    const underWay = new Set<Promise<void>>();
    const taking = this.#take(concurrency, handler, underWay, closing.signal);
    return {
      close: async () => {
        closing.abort();
        await taking;
        await Promise.all(underWay);
      },
    };
  }

  async #take(concurrency: number, handler: Handler, underWay: Set<Promise<void>>, closed: AbortSignal): Promise<void> {
    const end = new Promise<void>((resolve) => closed.addEventListener('abort', () => resolve(), { once: true }));
    for (let failures = 0; !closed.aborted; ) {
      if (underWay.size >= concurrency) {
        await Promise.race([...underWay, end]);
        continue;
      }
      try {
        const lease = await this.#inTurn(() => this.#ask(closed));
        failures = 0;
        if (this.#inTrouble) this.logger.info('the API answers again');
        this.#inTrouble = false;
        if (lease === null || this.held.has(lease.id)) continue;
        const work = this.#work(lease, handler).finally(() => underWay.delete(work));
        underWay.add(work);
      } catch (error) {
        if (closed.aborted) break;
        failures += 1;
        await this.#waitAfter(error, failures, closed);
      }
    }
  }

  async #ask(closed: AbortSignal): Promise<Lease | null> {
    if (closed.aborted) return null;
    const { waitSeconds } = this.timing;
    const begun = performance.now();
    try {
      const lease = await this.client.lease(this.#request({ waitSeconds }), closed);
      // An API that is being shut down does not wait: asking it again at once would only be turned away.
      if (lease === null && performance.now() - begun < waitSeconds * 500) {
        await pause(this.timing.firstBackoffMs * (0.5 + Math.random()), closed);
      }
      return lease;
    } catch (error) {
      if (closed.aborted) await this.#giveBackWhatWasLost();
      throw error;
    }
  }

  /** The request that was cut short may have been granted already. */
  async #giveBackWhatWasLost(): Promise<void> {
    try {
      const lease = await this.client.lease(this.#request({ lostOnly: true }), AbortSignal.timeout(lastAskMs));
      if (lease === null) return;
      const { workerId } = this.identity;
      await this.client.tell(lease.id, 'release', { workerId, reason: 'the worker takes nothing more' });
    } catch (error) {
      this.logger.debug({ err: error }, 'whether a lease was lost on its way is not known; it would run out');
    }
  }

  #request(what: { waitSeconds?: number; lostOnly?: boolean }) {
    return { ...this.identity, trainers: [...this.identity.trainers], holding: this.held.ids(), ...what };
  }

  async #work({ id, assignment }: Lease, handler: Handler): Promise<void> {
    try {
      await handler(assignment, this.held.begin(id));
    } catch (error) {
      this.logger.error({ err: error }, `lease ${id}: the run could not be handled`);
    } finally {
      this.held.returned(id);
    }
  }

  async #waitAfter(error: unknown, failures: number, closed: AbortSignal): Promise<void> {
    const { firstBackoffMs, longestBackoffMs } = this.timing;
    if (!this.#inTrouble) this.logger.warn({ err: error }, 'no run could be leased; trying again');
    this.#inTrouble = true;
    const full = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 20));
    const asked = error instanceof ApiTrouble ? (error.retryAfterMs ?? 0) : longestBackoffMs;
    await pause(Math.max(full * (0.5 + Math.random() / 2), asked * (1 + Math.random() / 4)), closed);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#asking.then(work);
    this.#asking = result.catch(() => undefined);
    return result;
  }
}
