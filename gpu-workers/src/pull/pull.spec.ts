import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Assignment, leaseIdOf } from '#libs/contracts';
import { type Consumption, ReportRefused } from '#libs/sweeps';
import { assignment, eventually } from '#libs/testing';
import { HeldLeases } from './held-leases.js';
import { HttpAssignmentSource } from './http-assignment-source.js';
import { HttpReportOutbox } from './http-report-outbox.js';
import { ApiTrouble, LeaseClient } from './lease-client.js';

interface Call {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to find
  body: any;
  at: number;
}
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'cut' | 'wait';

const timing = { waitSeconds: 0, firstBackoffMs: 5, longestBackoffMs: 20 };
const stale = { status: 409, body: problem(409, 'lease-stale', 'Lease x is over: the sweep was cancelled.') };
const none: Reply = { status: 204 };

function problem(status: number, code: string, detail: string) {
  return { type: `urn:cuvee:problem:${code}`, title: 'Error', status, code, detail };
}

let server: Server;
let calls: Call[];
/** What the API answers, in turn; nothing to do when there is no more. */
let replies: Reply[];
let open: ServerResponse[];
let url: string;
let logged: { msg: string; level: number }[];
let held: HeldLeases;
let client: LeaseClient;
let source: HttpAssignmentSource;
let outbox: HttpReportOutbox;
const consumptions: Consumption[] = [];

beforeEach(async () => {
  calls = [];
  replies = [];
  open = [];
  logged = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    calls.push({ method, path, headers, body: JSON.parse(Buffer.concat(chunks).toString()), at: performance.now() });
    const reply = replies.shift() ?? none;
    if (reply === 'cut') response.destroy();
    else if (reply === 'wait') open.push(response);
    else
      response.writeHead(reply.status, reply.headers).end(reply.body === undefined ? '' : JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cuvee/`;
  held = new HeldLeases();
  client = new LeaseClient({ pullUrl: url, token: 'sentinel-token' });
  const logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  const identity = { workerId: 'w', host: 'h', trainers: ['transformer'] };
  source = new HttpAssignmentSource(client, held, identity, logger, timing);
  outbox = new HttpReportOutbox(client, held);
});
afterEach(async () => {
  await Promise.all(consumptions.splice(0).map((consumption) => consumption.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function lease(given: Assignment): Reply {
  return { status: 200, body: { lease: { id: leaseIdOf(given), assignment: given } } };
}

/** Takes leases and holds each until it is let go or stopped. */
function take(concurrency: number) {
  const taken: { given: Assignment; stop: AbortSignal; release(): void }[] = [];
  const consumption = source.consume(
    concurrency,
    (given, stop) =>
      new Promise((resolve) => {
        taken.push({ given, stop, release: resolve });
        stop.addEventListener('abort', () => resolve());
      }),
  );
  const close = () => {
    for (const { release } of taken) release();
    return consumption.close();
  };
  consumptions.push({ close });
  return { taken, consumption };
}

const leaseCalls = () => calls.filter(({ path }) => path === '/cuvee/v1/leases');

describe('leasing over HTTP', () => {
  it('says who asks, below the path of the address, with its token', async () => {
    const given = assignment();
    replies = [lease(given)];
    const { taken } = take(1);
    await eventually(() => taken.length === 1);
    expect(taken[0]?.given).toEqual(given);
    expect(leaseCalls()[0]).toMatchObject({
      method: 'POST',
      headers: { authorization: 'Bearer sentinel-token', 'content-type': 'application/json' },
      body: { workerId: 'w', host: 'h', trainers: ['transformer'], holding: [], waitSeconds: 0 },
    });
    expect(JSON.stringify(logged)).not.toContain('sentinel');
  });

  it('takes as many at a time as was asked for, and names those it holds', async () => {
    const all = [assignment(), assignment(), assignment()];
    replies = all.map(lease);
    const { taken } = take(2);
    await eventually(() => taken.length === 2);
    expect(leaseCalls()).toHaveLength(2);
    expect(leaseCalls()[1]?.body.holding).toEqual([leaseIdOf(all[0]!)]);
    held.over(leaseIdOf(all[0]!));
    taken[0]?.release();
    await eventually(() => taken.length === 3);
    expect(leaseCalls()[2]?.body.holding).toEqual([leaseIdOf(all[1]!)]);
  });

  it('goes on naming a lease whose end could not be told, so that it is not handed out again as lost', async () => {
    const given = assignment();
    replies = [lease(given)];
    const consumption = source.consume(1, async () => {
      throw new Error('on purpose');
    });
    consumptions.push(consumption);
    await eventually(() => leaseCalls().length > 1);
    expect(leaseCalls().at(-1)?.body.holding).toEqual([leaseIdOf(given)]);
  });

  it('trains a lease once that is handed out twice', async () => {
    const given = assignment();
    replies = [lease(given), lease(given)];
    const { taken } = take(2);
    await eventually(() => leaseCalls().length > 2);
    expect(taken).toHaveLength(1);
  });

  it('asks one thing at a time, however many take', async () => {
    replies = ['wait'];
    take(1);
    take(1);
    await eventually(() => leaseCalls().length === 1);
    open[0]?.writeHead(204).end();
    await eventually(() => leaseCalls().length > 2);
  });

  it('tries again after trouble, each time a little later, and says so once', async () => {
    const given = assignment();
    replies = ['cut', { status: 500, body: problem(500, 'internal', 'no') }, { status: 502 }, 'cut', lease(given)];
    const { taken } = take(1);
    await eventually(() => taken.length === 1);
    expect(logged.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      'no run could be leased; trying again',
    ]);
    expect(logged.map(({ msg }) => msg)).toContain('the API answers again');
  });

  it.each([429, 503])('waits as long as an answer of %i asks for', async (status) => {
    replies = [{ status, body: problem(status, 'too-busy', 'later'), headers: { 'retry-after': '1' } }];
    take(1);
    await eventually(() => leaseCalls().length >= 2);
    expect(leaseCalls()[1]!.at - leaseCalls()[0]!.at).toBeGreaterThanOrEqual(1000);
  });

  it('follows no redirect, which would carry the token elsewhere', async () => {
    replies = [{ status: 307, headers: { location: `${url}elsewhere` } }];
    take(1);
    await eventually(() => leaseCalls().length > 1);
    expect(calls.every(({ path }) => path === '/cuvee/v1/leases')).toBe(true);
  });

  it('refuses an answer that is none', async () => {
    replies = [{ status: 200, body: { lease: { id: 'x' } } }];
    await expect(client.heartbeat('run.1', 'w')).rejects.toThrow(ApiTrouble);
  });

  it('ends at once when it closes, waits for its handlers, and gives back what was granted meanwhile', async () => {
    const [given, lost] = [assignment(), assignment()];
    replies = [lease(given), 'wait', lease(lost)];
    const { taken, consumption } = take(2);
    await eventually(() => leaseCalls().length === 2);
    let closed = false;
    const closing = consumption.close().then(() => {
      closed = true;
    });
    await eventually(() => calls.some(({ path }) => path === `/cuvee/v1/leases/${leaseIdOf(lost)}/release`));
    expect(leaseCalls().at(-1)?.body).toMatchObject({ lostOnly: true, holding: [leaseIdOf(given)] });
    expect(closed).toBe(false);
    taken[0]?.release();
    await closing;
    expect(taken).toHaveLength(1);
  });
});

describe('reporting over HTTP', () => {
  const given = assignment();
  const id = leaseIdOf(given);
  const fence = { runId: given.runId, attempt: given.attempt, workerId: 'w' };
  const result = { type: 'result', ...fence, losses: { web: 'NaN' as const }, tokens: 1, seconds: 1 } as const;

  it('sends each report where it belongs, without saying the attempt twice', async () => {
    held.begin(id);
    replies = [{ status: 200, body: { stop: null } }];
    await outbox.send({ type: 'started', ...fence, host: 'h' });
    await outbox.send({ type: 'heartbeat', ...fence });
    await outbox.send({ type: 'progress', ...fence, step: 1, totalSteps: 2, tokens: 3, trainLoss: 'Infinity' });
    await outbox.send({ type: 'released', ...fence, reason: 'SIGTERM' });
    await outbox.send({ type: 'diverged', ...fence, step: 1, trainLoss: 'NaN', reason: 'r' });
    await outbox.send(result);
    const sent = calls.map(({ path, body }) => [path.replace(`/cuvee/v1/leases/${id}/`, ''), body]);
    const progress = { type: 'progress', step: 1, totalSteps: 2, tokens: 3, trainLoss: 'Infinity' };
    expect(sent).toEqual([
      ['heartbeat', { workerId: 'w' }],
      ['report', { workerId: 'w', reports: [progress] }],
      ['release', { workerId: 'w', reason: 'SIGTERM' }],
      ['fail', { workerId: 'w', type: 'diverged', step: 1, trainLoss: 'NaN', reason: 'r' }],
      ['complete', { workerId: 'w', losses: { web: 'NaN' }, tokens: 1, seconds: 1 }],
    ]);
  });

  it('stops the run when a heartbeat is answered so', async () => {
    const stop = held.begin(id);
    replies = [{ status: 200, body: { stop: 'the sweep was cancelled' } }];
    await outbox.send({ type: 'heartbeat', ...fence });
    expect(stop.reason).toBe('the sweep was cancelled');
  });

  it.each([{ type: 'checkpoint', ...fence, step: 5 } as const, result])(
    'stops the run when its $type is stale, and counts the report as sent',
    async (report) => {
      const stop = held.begin(id);
      replies = [stale];
      await outbox.send(report);
      expect(String(stop.reason)).toContain('the sweep was cancelled');
      held.returned(id);
      expect(held.ids()).toEqual([]);
    },
  );

  it('rejects with trouble that may pass, and with a refusal that will not', async () => {
    held.begin(id);
    replies = ['cut', { status: 401 }, { status: 503 }, { status: 413 }];
    for (let n = 0; n < 4; n += 1) await expect(outbox.send(result)).rejects.toThrow(ApiTrouble);
    replies = [{ status: 422, body: problem(422, 'invalid-request', 'tokens: too small') }];
    await expect(outbox.send(result)).rejects.toThrow(ReportRefused);
    await expect(outbox.send({ type: 'heartbeat', ...fence, attempt: 0 })).rejects.toThrow();
    expect(held.ids()).toEqual([id]);
  });

  it('tells what the worker says of itself', async () => {
    const worker = {
      id: 'w/1',
      host: 'h',
      sequence: 1,
      version: '1',
      transport: 'http',
      backend: null,
      backendReason: '',
      gigaflops: null,
      tokensPerSecond: null,
      slots: 1,
      busy: 0,
      gpus: [],
      trainers: [],
      state: 'active',
      reason: null,
      heartbeatSeconds: 15,
    } as const;
    await outbox.send({ type: 'worker', worker: { ...worker, gpus: [], trainers: [] } });
    expect(calls[0]).toMatchObject({ method: 'PUT', path: '/cuvee/v1/workers/w%2F1', body: worker });
  });
});

it('forgets the oldest of many leases whose end could not be told, and none that is under way', () => {
  const leases = new HeldLeases();
  leases.begin('under way');
  for (let n = 0; n < 150; n += 1) {
    leases.begin(`${n}`);
    leases.returned(`${n}`);
  }
  expect(leases.ids()).toHaveLength(101);
  expect(leases.has('under way')).toBe(true);
  expect(leases.has('49')).toBe(false);
});
