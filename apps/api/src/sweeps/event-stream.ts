import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SweepEvent } from '#libs/contracts';
import { MalformedHeader } from '../problems/request.errors.js';
import type { Listener } from './sweep-event-feed.js';

const heartbeatMs = 15_000;
/** A client which reads this much slower than events come waits for Postgres, not in our memory. */
const mostBuffered = 1 << 18;

/** The id after which a client wants to go on; null when it starts from the beginning. */
export function lastEventIdOf(request: IncomingMessage): number | null {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return null;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw new MalformedHeader('Last-Event-ID', 'must be the id of an event of this stream, a whole number');
  }
  return Number(header);
}

/** Starts a text/event-stream answer. Progress carries no id: after a break the client resumes from the last event. */
export function openEventStream(response: ServerResponse, cursor: number): Listener {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.write('retry: 2000\n\n');
  const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs);
  response.once('close', () => clearInterval(heartbeat));
  const send = (event: SweepEvent, id: string): void => {
    response.write(`${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  return {
    cursor,
    ready: () => response.writableLength < mostBuffered,
    event: (event) => send(event, `id: ${event.id}\n`),
    progress: (event) => send(event, ''),
    end: () => {
      clearInterval(heartbeat);
      response.end();
    },
  };
}
