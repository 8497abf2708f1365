import { createParser } from 'eventsource-parser';
import { type SweepEvent, sweepEventSchema } from '#libs/contracts';
import { ApiUnreachable } from './api.errors.js';

export interface EventStreamOptions {
  url: string;
  sweepId: string;
  signal?: AbortSignal;
  /** Without any byte for this long the connection counts as dead (the API sends a comment more often). */
  silenceMs?: number;
  /** Waits between reconnections, the last one repeated; so many failures in a row end the stream with an error. */
  backOffMs?: readonly number[];
  maxFailures?: number;
}

/**
 * The events of a sweep, in order and each once: a lost connection is opened again with Last-Event-ID. Ends when
 * `signal` aborts; throws ApiUnreachable when the API stays away.
 */
export async function* sweepEvents(options: EventStreamOptions): AsyncGenerator<SweepEvent> {
  const { signal, backOffMs = [250, 500, 1000, 2000, 4000], maxFailures = 8 } = options;
  let lastId = 0;
  let failures = 0;
  while (!signal?.aborted) {
    let cause: unknown;
    const opened = Date.now();
    try {
      for await (const event of connection(options, lastId)) {
        failures = 0;
        // Progress has no id of its own and carries that of the event before it.
        if (event.type !== 'progress' && event.id <= lastId) continue; // the API may repeat the last one
        lastId = event.id;
        yield event;
      }
    } catch (error) {
      cause = error;
    }
    if (signal?.aborted) return;
    if (Date.now() - opened > 5000) failures = 0; // it stood for a while: a quiet stream that a proxy cut is no failure
    failures += 1;
    if (failures > maxFailures) throw new ApiUnreachable(options.url, cause);
    await sleep(backOffMs[Math.min(failures, backOffMs.length) - 1] ?? 1000, signal);
  }
}

async function* connection(options: EventStreamOptions, lastId: number): AsyncGenerator<SweepEvent> {
  const { url, sweepId, signal, silenceMs = 45_000 } = options;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await fetch(`${url}/v1/sweeps/${encodeURIComponent(sweepId)}/events`, {
      headers: { accept: 'text/event-stream', ...(lastId > 0 ? { 'last-event-id': String(lastId) } : {}) },
      signal: AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]),
    });
    if (!response.ok || response.body === null) throw new Error(`events answered ${response.status}`);
    const arrived: SweepEvent[] = [];
    const parser = createParser({
      onEvent: ({ data }) => {
        const event = sweepEventSchema.safeParse(parse(data));
        if (event.success) arrived.push(event.data);
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* arrived.splice(0);
    }
  } finally {
    clearTimeout(timer);
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}
