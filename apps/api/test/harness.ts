import 'reflect-metadata';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import type { Assignment, ReportInput } from '#libs/contracts';
import { createStore, type OpenStore, StoreModule } from '#libs/store';
import type { Store } from '#libs/sweeps';
import { withDatabase } from '#libs/testing';
import { type ApiConfig, apiDefaults } from '../src/config.js';
import { type RunningApi, startWith } from '../src/start-with.js';
import { MemoryQueue } from './memory-queue.js';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to find
  body: any;
  text: string;
}

export interface TestApi {
  readonly url: string;
  /** For what no request can bring about in a test. */
  readonly store: Store;
  readonly queue: MemoryQueue;
  readonly log: string[];
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A corpus of these domains, 1,000,000 tokens each unless said otherwise; returns its id. */
  corpus(tokens?: Record<string, number>): Promise<string>;
  close(): Promise<void>;
}

/** The API on a PostgreSQL of its own, over real HTTP; the queue lies in memory, so that a test plays the worker. */
export function withApi(changes: Partial<ApiConfig> = {}): TestApi {
  const database = withDatabase();
  const queue = new MemoryQueue();
  const log: string[] = [];
  let api: RunningApi;
  let beside: OpenStore | undefined;
  let corpora = 0;
  beforeAll(async () => {
    const config = { ...apiDefaults, ...changes, port: 0, databaseUrl: database.url };
    const logger = pino({ level: 'warn' }, { write: (line: string) => log.push(line) });
    api = await startWith(config, [StoreModule.forRoot({ databaseUrl: database.url }), queue.module()], logger);
  });
  afterAll(async () => {
    await beside?.close();
    await api?.close();
  });
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(api.url + path, init);
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { status: response.status, headers: response.headers, body, text };
  };
  const self: TestApi = {
    get url() {
      return api.url;
    },
    get store() {
      beside ??= createStore({ databaseUrl: database.url });
      return beside.store;
    },
    queue,
    log,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async corpus(tokens = { web: 1e6, code: 1e6, books: 1e6 }) {
      corpora += 1;
      const domains = Object.entries(tokens).map(([name, count]) => ({ name, source: `${name}.txt`, tokens: count }));
      const { status, body, text } = await self.post('/v1/corpora', { name: `corpus ${corpora}`, domains });
      if (status !== 201) throw new Error(`no corpus: ${status} ${text}`);
      return body.id;
    },
    close: () => api.close(),
  };
  return self;
}

/** Plays the worker: takes what the queue holds and reports a loss computed from the weights, until `done` says so. */
export async function work(
  queue: MemoryQueue,
  done: () => Promise<boolean>,
  reportOf: (assignment: Assignment) => Omit<ReportInput, 'runId' | 'attempt' | 'workerId'> = resultOf,
): Promise<void> {
  const end = performance.now() + 40_000;
  while (!(await done())) {
    if (performance.now() > end) throw new Error('the work did not end');
    for (const assignment of queue.waiting.splice(0)) {
      const fence = { runId: assignment.runId, attempt: assignment.attempt, workerId: 'test-worker' };
      await queue.report({ type: 'started', ...fence, host: 'here' });
      await queue.report({ type: 'backend', ...fence, backend: 'cpu', reason: 'played by a test' });
      await queue.report({
        type: 'progress',
        ...fence,
        step: 5,
        totalSteps: 10,
        tokens: 100,
        trainLoss: 3,
        losses: lossesOf(assignment),
      });
      await queue.report({ ...reportOf(assignment), ...fence } as ReportInput);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** More of a domain, less loss on it; a little noise from the seed. */
function lossesOf(assignment: Assignment) {
  const noise = ((assignment.seed * 7919) % 101) / 1e5;
  return Object.fromEntries(
    assignment.domains.map(({ name, weight }, i) => {
      const loss = 2 + 0.2 * i - (0.5 + 0.3 * i) * Math.sqrt(weight) + noise;
      return [name, { natsPerToken: loss, bitsPerByte: loss / Math.LN2 }];
    }),
  );
}

export function resultOf(assignment: Assignment) {
  return { type: 'result' as const, losses: lossesOf(assignment), tokens: 1000, seconds: 0.5, parameters: 10 };
}
