import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ReportInput, reportSchema, type WorkerSnapshot } from '#libs/contracts';
import { type WorkerFacts, WorkerPresence } from './worker-presence.js';

const facts: WorkerFacts = {
  id: 'w1',
  host: 'here',
  version: '1.2.3',
  transport: 'queue',
  backend: null,
  backendReason: '',
  gigaflops: null,
  tokensPerSecond: null,
  slots: 2,
  busy: 0,
  gpus: [],
  trainers: ['transformer'],
  state: 'active',
  reason: null,
  heartbeatSeconds: 15,
};

let sent: WorkerSnapshot[];
let failures: number;
let release: (() => void) | undefined;
let logged: string[];
let presence: WorkerPresence;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  failures = 0;
  release = undefined;
  logged = [];
  const outbox = {
    async send(input: ReportInput) {
      const report = reportSchema.parse(JSON.parse(JSON.stringify(input)));
      if (failures > 0) {
        failures -= 1;
        throw new Error('the store is away');
      }
      if (report.type === 'worker') sent.push(report.worker);
      if (release) await new Promise<void>((resolve) => (release = resolve));
    },
  };
  presence = new WorkerPresence(outbox, facts, pino({ level: 'info' }, { write: (line: string) => logged.push(line) }));
});
afterEach(() => {
  presence.end();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe("a worker's presence", () => {
  it('is told at the start and with every heartbeat, under growing numbers', async () => {
    presence.start();
    await pass(45_000);
    expect(sent).toHaveLength(4);
    expect(sent[0]).toMatchObject({ id: 'w1', backend: null, state: 'active' });
    const numbers = sent.map(({ sequence }) => sequence);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(4);
  });

  it('tells a change, and of many within a second the last', async () => {
    presence.start();
    await pass(2000);
    for (const busy of [1, 2, 1, 2, 0]) presence.update({ busy });
    await pass(0);
    expect(sent.map(({ busy }) => busy)).toEqual([0, 1]);
    await pass(1000);
    expect(sent.map(({ busy }) => busy)).toEqual([0, 1, 0]);
  });

  it('tells nothing where nothing has changed', async () => {
    presence.start();
    await pass(2000);
    presence.update({ busy: 0, trainers: ['transformer'] });
    await pass(5000);
    expect(sent).toHaveLength(1);
  });

  it('keeps only the newest while the store is away, and says so once', async () => {
    failures = 3;
    presence.start();
    await pass(2000);
    presence.update({ busy: 1 });
    await pass(2000);
    presence.update({ busy: 2 });
    await pass(15_000);
    expect(sent.map(({ busy }) => busy)).toEqual([2]);
    expect(logged.filter((line) => line.includes('could not be sent'))).toHaveLength(1);
    expect(logged.filter((line) => line.includes('is heard again'))).toHaveLength(1);
  });

  it('does not wait for a store that hangs when it announces the end', async () => {
    release = () => {};
    presence.start();
    await pass(0);
    let announced = false;
    void presence.announce({ state: 'stopped' }, 2).then(() => {
      announced = true;
    });
    await pass(1900);
    expect([announced, sent.length]).toEqual([false, 1]);
    await pass(200);
    expect(announced).toBe(true);
    release();
    await pass(0);
    expect(sent.at(-1)?.state).toBe('stopped');
  });

  it('numbers the snapshots of a worker that is started again above the earlier ones', async () => {
    presence.start();
    await pass(0);
    presence.end();
    await pass(3000);
    const again = new WorkerPresence(
      { send: async (r) => void (r.type === 'worker' && sent.push(r.worker)) },
      facts,
      pino(),
    );
    again.start();
    await pass(0);
    again.end();
    expect(sent[1]!.sequence).toBeGreaterThan(sent[0]!.sequence);
  });
});
