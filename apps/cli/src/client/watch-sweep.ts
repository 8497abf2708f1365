import { progressSchema, type SweepResponse, type SweepState, sweepStates } from '#libs/contracts';
import { unstartedHint } from '../sweep/failure-text.js';
import type { ProgressLine } from '../terminal/progress-line.js';
import type { ApiClient } from './api-client.js';
import { sweepEvents } from './event-stream.js';

const finalStates: readonly SweepState[] = ['completed', 'failed', 'cancelled'];

export function isFinal(sweep: SweepResponse): boolean {
  return finalStates.includes(sweep.state);
}

/**
 * Draws the sweep's progress until it ends, and resolves with its last state. Events say that something changed; the
 * sweep itself is read again at most once a second, so that a missed event costs nothing.
 */
export async function watchSweep(
  client: ApiClient,
  sweepId: string,
  line: ProgressLine,
  options: { signal?: AbortSignal; readEveryMs?: number } = {},
): Promise<SweepResponse> {
  const { signal, readEveryMs = 1000 } = options;
  const ended = new AbortController();
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  let sweep = await client.sweep(sweepId);
  let told: string | null = null;
  const show = () => {
    // Said again only when it has changed in kind, not with every run that is counted.
    const kind = sweep.unstarted?.replace(/^\d+ runs? waits?, and /, '') ?? null;
    if (sweep.unstarted !== null && kind !== told) line.note(unstartedHint(sweep.unstarted));
    told = kind;
    line.show(sweep.state, sweep.progress);
  };
  show();
  if (isFinal(sweep)) return sweep;

  // Also when no event arrives at all the line keeps moving, and the end is noticed.
  let stale = true;
  let reading: Promise<void> | null = null;
  let lastRead = 0;
  let failure: unknown;
  const refresh = async () => {
    lastRead = Date.now();
    stale = false;
    try {
      sweep = await client.sweep(sweepId);
      show();
      if (isFinal(sweep)) ended.abort();
    } catch (error) {
      stale = true; // the event stream decides when the API has been away for too long
      failure = error;
    }
  };
  const timer = setInterval(() => {
    const age = Date.now() - lastRead;
    if (reading === null && (stale || age > 5 * readEveryMs))
      reading = refresh().finally(() => {
        reading = null;
      });
  }, readEveryMs);
  try {
    for await (const event of sweepEvents({ url: client.url, sweepId, signal: stop })) {
      const progress = progressSchema.safeParse(event.data);
      if (event.type === 'progress' && progress.success) line.show(sweep.state, progress.data);
      else stale = true;
      const state = event.type === 'state' ? event.data.state : undefined;
      if (sweepStates.includes(state as SweepState) && finalStates.includes(state as SweepState)) {
        // The stream begins with the past: a sweep that had failed and was retried goes on after that event.
        await refresh();
        if (isFinal(sweep)) break;
      }
    }
    if (signal?.aborted) return sweep;
    await reading;
    if (!isFinal(sweep)) await refresh();
    if (!isFinal(sweep) && failure !== undefined) throw failure;
    return sweep;
  } finally {
    clearInterval(timer);
    line.stop();
  }
}
