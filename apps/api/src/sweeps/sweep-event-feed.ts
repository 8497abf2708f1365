import type { SweepEvent, SweepState } from '#libs/contracts';
import { describeSweep, type EventRecord, type SweepContext, type SweepRecord } from '#libs/sweeps';

/** One listener to one sweep's events. */
export interface Listener {
  /** Id of the last event it got; it is sent those after it. */
  cursor: number;
  /** False while it takes nothing more: its events wait in Postgres. */
  ready(): boolean;
  event(event: SweepEvent): void;
  progress(event: SweepEvent): void;
  end(): void;
}

const ended: readonly SweepState[] = ['completed', 'failed', 'cancelled'];
const pageSize = 500;

/** Nothing more will happen to the sweep by itself: it is over, and no fit was asked for that is not. */
export async function isQuiet({ store }: SweepContext, sweep: SweepRecord): Promise<boolean> {
  if (!ended.includes(sweep.state)) return false;
  return (await store.openFits(sweep.id)).length === 0;
}

/**
 * Reads the events of one sweep from Postgres for all who listen, with one query a turn however many they are. Events
 * of a sweep are written under its lock, so their ids become visible in order and none is passed over.
 */
export class SweepEventFeed {
  readonly #listeners = new Set<Listener>();
  #lastProgress = '';

  constructor(
    private readonly context: SweepContext,
    private readonly sweepId: string,
  ) {}

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: Listener): void {
    this.#listeners.add(listener);
    // A new listener learns the progress at once, also when it has not changed.
    this.#lastProgress = '';
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  endAll(): void {
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  /** One turn. The sweep is read before the events: when it was quiet, the events that follow are all there are. */
  async poll(): Promise<void> {
    const sweep = await this.context.store.findSweep(this.sweepId);
    if (sweep === null) return this.endAll();
    const quiet = await isQuiet(this.context, sweep);
    const caughtUp = await this.#sendEvents();
    await this.#sendProgress(sweep);
    if (quiet) {
      for (const listener of caughtUp) {
        listener.end();
        this.#listeners.delete(listener);
      }
    }
  }

  /** Returns the listeners which now have every event. */
  async #sendEvents(): Promise<Listener[]> {
    const ready = [...this.#listeners].filter((listener) => listener.ready());
    if (ready.length === 0) return [];
    const from = Math.min(...ready.map((listener) => listener.cursor));
    const records = await this.context.store.eventsAfter(this.sweepId, from, pageSize);
    for (const record of records) {
      for (const listener of ready) {
        if (record.id <= listener.cursor) continue;
        listener.event(describeEvent(record));
        listener.cursor = record.id;
      }
    }
    if (records.length === pageSize) return [];
    return ready;
  }

  async #sendProgress(sweep: SweepRecord): Promise<void> {
    const { progress, state } = await describeSweep(this.context, sweep);
    const { secondsElapsed: _clock, ...changing } = progress;
    const text = JSON.stringify([state, changing]);
    if (text === this.#lastProgress) return;
    this.#lastProgress = text;
    const at = this.context.now().toISOString();
    for (const listener of this.#listeners) {
      if (!listener.ready()) continue;
      listener.progress({ id: listener.cursor, type: 'progress', at, data: { state, ...progress } });
    }
  }
}

function describeEvent(record: EventRecord): SweepEvent {
  return { id: record.id, type: record.type, at: record.at.toISOString(), data: record.data };
}
