import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Assignment,
  type AttemptReportInput,
  type ReportInput,
  reportSchema,
  transformerParametersSchema,
  type WorkerSnapshot,
} from '#libs/contracts';
import type { AssignmentSource, ReportOutbox } from '#libs/sweeps';
import { defaultLimits } from './run-trainer.js';
import { WorkerHost, type WorkerHostOptions } from './worker-host.js';

const script = fileURLToPath(new URL('fixtures/fake-trainer.mjs', import.meta.url));

interface FakeConsumption {
  concurrency: number;
  handler: (assignment: Assignment, stop: AbortSignal) => Promise<void>;
  underWay: Set<Promise<void>>;
}

/** Hands assignments over as the queue does: to a consumption that is open, whose close waits for its handlers. */
class FakeSource implements AssignmentSource {
  readonly open: FakeConsumption[] = [];

  get closed(): boolean {
    return this.open.length === 0;
  }

  consume(concurrency: number, handler: FakeConsumption['handler']) {
    const consumption: FakeConsumption = { concurrency, handler, underWay: new Set() };
    this.open.push(consumption);
    return {
      close: async () => {
        this.open.splice(this.open.indexOf(consumption), 1);
        await Promise.all(consumption.underWay);
      },
    };
  }

  deliver(assignment: Assignment, stop = new AbortController().signal): Promise<void> {
    const { handler, underWay } = this.open.at(-1)!;
    const work = handler(assignment, stop).finally(() => underWay.delete(work));
    underWay.add(work);
    return work;
  }
}

class FakeOutbox implements ReportOutbox {
  /** What it says of attempts and of itself. */
  all: ReportInput[] = [];
  get reports(): AttemptReportInput[] {
    return this.all.filter((report) => report.type !== 'worker');
  }
  failures = 0;
  async send(report: ReportInput): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the store is away');
    }
    // What goes through a queue is JSON, and must still be a valid report behind it.
    reportSchema.parse(JSON.parse(JSON.stringify(report)));
    this.all.push(report);
  }
  workers(): WorkerSnapshot[] {
    return this.all.flatMap((report) => (report.type === 'worker' ? [report.worker] : []));
  }
  worker(): WorkerSnapshot | undefined {
    return this.workers().at(-1);
  }
  types(): string[] {
    return this.reports.map((report) => report.type).filter((type) => type !== 'heartbeat');
  }
  last(): AttemptReportInput {
    return this.reports.at(-1)!;
  }
}

let folder: string;
let source: FakeSource;
let outbox: FakeOutbox;
let host: WorkerHost;
let logged: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'worker-host-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'web.txt'), 'web');
  writeFileSync(join(folder, 'data', 'code.txt'), 'code');
  source = new FakeSource();
  outbox = new FakeOutbox();
  logged = [];
});
afterEach(async () => {
  await host?.close();
  await rm(folder, { recursive: true, force: true });
});

async function startHost(behaviour: string, changes: Partial<WorkerHostOptions> = {}): Promise<void> {
  host = new WorkerHost(
    source,
    outbox,
    {
      workerId: 'test-worker',
      dataRoot: join(folder, 'data'),
      workDir: join(folder, 'work'),
      concurrency: 2,
      graceSeconds: 10,
      trainers: { transformer: { command: [process.execPath, script, behaviour], wallTimeSeconds: 60 } },
      limits: { ...defaultLimits, killSeconds: 0.3 },
      reportTiming: { firstRetryMs: 5, longestRetryMs: 20, patienceMs: 5000, progressMs: 60_000 },
      ...changes,
    },
    pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
  );
  await host.start();
}

function assignment(changes: Partial<Assignment> = {}): Assignment {
  return {
    sweepId: 's1',
    runId: 'r1',
    attempt: 2,
    seed: 7,
    fidelity: 'proxy',
    trainer: { name: 'transformer', parameters: transformerParametersSchema.parse({ steps: 50 }) },
    domains: [
      { name: 'web', source: 'web.txt', weight: 0.75, tokens: 1000 },
      { name: 'code', source: 'code.txt', weight: 0.25, tokens: 1000 },
    ],
    checkpoints: { everySteps: 0, keepFinal: false },
    leaseSeconds: 30,
    ...changes,
  };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a worker host', () => {
  it('reports started first, every evaluated point, few of the others, the last one, and the result', async () => {
    await startHost('result');
    await source.deliver(assignment());
    expect(outbox.types()).toEqual(['started', 'backend', 'progress', 'progress', 'progress', 'progress', 'result']);
    const points = outbox.reports.filter((report) => report.type === 'progress');
    expect(points.map((point) => [point.step, point.losses !== undefined])).toEqual([
      [1, false],
      [25, true],
      [50, true],
      [60, false],
    ]);
    expect(outbox.reports.every((report) => report.runId === 'r1' && report.attempt === 2)).toBe(true);
    expect(outbox.last()).toMatchObject({
      workerId: 'test-worker',
      losses: { web: { natsPerToken: 1.5 } },
      tokens: 500,
    });
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
  });

  it('passes lines over which are no messages', async () => {
    await startHost('banner');
    await source.deliver(assignment());
    expect(outbox.last().type).toBe('result');
  });

  it('gives the trainer resolved paths and a fresh folder, and none of its own secrets', async () => {
    process.env.DATABASE_URL = 'postgresql://u:sentinel@h/d';
    process.env.NODE_OPTIONS_TEST = 'x';
    try {
      await startHost('environment');
      await source.deliver(assignment());
      const { message } = outbox.last() as { message: string };
      expect(message.split(' ')).toContain('PATH');
      expect(message).not.toMatch(/DATABASE_URL|REDIS_URL|NODE_OPTIONS|VITEST/);
    } finally {
      delete process.env.DATABASE_URL;
      delete process.env.NODE_OPTIONS_TEST;
    }
    await startHost('assignment');
    await source.deliver(assignment());
    const { assignment: file, cwd } = JSON.parse((outbox.last() as { message: string }).message);
    expect(file).toMatchObject({ runId: 'r1', attempt: 2, seed: 7, parameters: { steps: 50 } });
    expect(file.domains[0]).toEqual({ name: 'web', path: join(folder, 'data', 'web.txt'), weight: 0.75, tokens: 1000 });
    expect(cwd.startsWith(join(folder, 'work'))).toBe(true);
  });

  it('carries NaN through as NaN, not as null', async () => {
    await startHost('nan');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'result', losses: { code: { natsPerToken: 'NaN' } } });
  });

  it('reports a divergence with the loss it ended on', async () => {
    await startHost('diverged');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'diverged', step: 3, trainLoss: 'Infinity' });
  });

  it('reports an exit without a result with the end of what the trainer said', async () => {
    await startHost('exit3');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'internal' });
    const { message, stderrTail } = outbox.last() as { message: string; stderrTail: string };
    expect(message).toBe('ended without a result (exit code 3): the last words');
    expect(stderrTail.endsWith('the last words')).toBe(true);
    expect(stderrTail.length).toBeLessThanOrEqual(8000);
  });

  it('suspects the machine, not the run, when a trainer ends with an error before it said a word', async () => {
    await startHost('noDriver');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({
      type: 'failed',
      class: 'infrastructure',
      message: 'ended before it said a word (exit code 1): OSError: libcuda.so.1: cannot open shared object file',
    });
  });

  it('suspects the memory when a trainer was killed', async () => {
    await startHost('killed');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'out-of-memory' });
  });

  it('takes the class that the trainer gives for its own error', async () => {
    await startHost('wrongParameters');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'configuration', message: 'width is too small' });
  });

  it('counts garbage and fails when nothing else came', async () => {
    await startHost('garbage');
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'internal' });
    expect((outbox.last() as { message: string }).message).toContain('40 lines of output were no messages');
  });

  it.each(['flood', 'floodOfLines'])('ends a trainer which writes without end (%s)', async (behaviour) => {
    await startHost(behaviour);
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'internal' });
    expect((outbox.last() as { message: string }).message).toMatch(/^(a line of )?more than \d+/);
  });

  it('ends a trainer which outlives its wall time', async () => {
    await startHost('hang', {
      trainers: { transformer: { command: [process.execPath, script, 'hang'], wallTimeSeconds: 0.3 } },
    });
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'timeout' });
  });

  it('ends a trainer which stays after its result, and keeps the result', async () => {
    await startHost('hangAfterResult');
    await source.deliver(assignment());
    expect(outbox.last().type).toBe('result');
  });

  it('refuses a trainer that its manifest does not know', async () => {
    await startHost('result', { trainers: {} });
    await source.deliver(assignment());
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'infrastructure' });
    expect((outbox.last() as { message: string }).message).toContain('no trainer "transformer"');
  });

  it.each([
    ['missing.txt', 'does not exist'],
    ['../outside.txt', 'leads out of'],
    ['link.txt', 'leads out of'],
  ])('refuses the source %s: it %s the data folder', async (name, why) => {
    writeFileSync(join(folder, 'outside.txt'), 'secret');
    symlinkSync(join(folder, 'outside.txt'), join(folder, 'data', 'link.txt'));
    await startHost('result');
    const [web] = assignment().domains;
    await source.deliver(assignment({ domains: [web!, { name: 'code', source: name, weight: 0.25, tokens: 1000 }] }));
    expect(outbox.last()).toMatchObject({ type: 'failed', class: 'data' });
    const { message } = outbox.last() as { message: string };
    expect(message).toContain('domain "code"');
    expect(message).toContain(why);
    expect(message).not.toContain(folder);
  });

  it('sends heartbeats three times in a lease', async () => {
    await startHost('hang');
    const stop = new AbortController();
    const work = source.deliver(assignment({ leaseSeconds: 0.3 }), stop.signal);
    await until(() => outbox.reports.filter((report) => report.type === 'heartbeat').length >= 3, 'three heartbeats');
    stop.abort('enough');
    await work;
  });

  it.each(['hang', 'hangUnmoved'])(
    'stops on request within the kill time and reports nothing (%s)',
    async (behaviour) => {
      await startHost(behaviour);
      const stop = new AbortController();
      const work = source.deliver(assignment(), stop.signal);
      await until(() => outbox.types().length >= 1, 'the start');
      if (behaviour === 'hangUnmoved') await until(() => outbox.types().includes('backend'), 'it hangs');
      stop.abort('the sweep was cancelled');
      await work;
      expect(outbox.types().filter((type) => type !== 'started' && type !== 'backend')).toEqual([]);
      expect(logged.join('')).toContain('the sweep was cancelled');
    },
  );

  it('releases its attempts when it shuts down, and takes no more', async () => {
    await startHost('hangUnmoved');
    const work = source.deliver(assignment());
    await until(() => outbox.types().includes('backend'), 'it hangs');
    await host.close();
    await work;
    expect(source.closed).toBe(true);
    expect(outbox.types()).toEqual(['started', 'backend', 'released']);
  });

  it('does not outstay its grace period when the queue is away', async () => {
    await startHost('hang', { graceSeconds: 0.5 });
    const work = source.deliver(assignment());
    await until(() => outbox.types().length === 1, 'the start');
    outbox.failures = 60;
    const begun = performance.now();
    await host.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
    outbox.failures = 0;
    await work;
  });

  it('sends again, in order, when the queue was away for a while', async () => {
    await startHost('result');
    outbox.failures = 3;
    await source.deliver(assignment());
    expect(outbox.types()).toEqual(['started', 'backend', 'progress', 'progress', 'progress', 'progress', 'result']);
  });

  it('gives a report up that is refused for ever, and lives on', async () => {
    const reportTiming = { firstRetryMs: 5, longestRetryMs: 20, patienceMs: 50, progressMs: 0 };
    await startHost('diverged', { reportTiming });
    outbox.failures = Number.POSITIVE_INFINITY;
    await source.deliver(assignment());
    expect(outbox.reports).toEqual([]);
    expect(logged.join('')).toContain('a diverged report was dropped');
    outbox.failures = 0;
    await source.deliver(assignment());
    expect(outbox.last().type).toBe('diverged');
  });

  it('takes no run after three quick failures of its own, says why, and takes one after the cool-down', async () => {
    const breaker = { failures: 3, fastSeconds: 30, coolDownSeconds: 0.3, longestCoolDownSeconds: 9 };
    const flag = join(folder, 'mended');
    const trainers = {
      transformer: { command: [process.execPath, script, 'sickUntil', flag] as const, wallTimeSeconds: 60 },
    };
    await startHost('', { breaker, trainers, concurrency: 3 });
    for (let run = 0; run < 2; run += 1) await source.deliver(assignment());
    expect(source.closed).toBe(false);
    await source.deliver(assignment());
    expect(source.closed).toBe(true);
    expect(logged.join('')).toContain('takes none for a while');
    await until(() => outbox.worker()?.state === 'broken', 'it says that it is broken');
    expect(outbox.worker()?.reason).toContain('infrastructure: ended before it said a word (exit code 1): no driver');

    await until(() => !source.closed, 'it tries again');
    expect(source.open.map(({ concurrency }) => concurrency)).toEqual([1]);
    await source.deliver(assignment());
    expect(source.closed).toBe(true);
    writeFileSync(flag, '');
    await until(() => !source.closed, 'it tries a second time');
    await source.deliver(assignment());
    expect(outbox.last().type).toBe('result');
    await until(() => source.open.length === 2, 'it takes runs on all slots');
    expect(source.open.map(({ concurrency }) => concurrency)).toEqual([1, 2]);
    await until(() => outbox.worker()?.state === 'active', 'it says that it is well');
    expect(outbox.worker()?.reason).toBeNull();
  });

  it('lets what is under way come to its end while it takes nothing', async () => {
    const breaker = { failures: 1, fastSeconds: 30, coolDownSeconds: 0.1, longestCoolDownSeconds: 9 };
    const trainers = {
      transformer: { command: [process.execPath, script, 'hangUnmoved'] as const, wallTimeSeconds: 60 },
      sick: { command: [process.execPath, script, 'noDriver'] as const, wallTimeSeconds: 60 },
      good: { command: [process.execPath, script, 'result'] as const, wallTimeSeconds: 60 },
    };
    await startHost('', { breaker, trainers, concurrency: 2 });
    const stop = new AbortController();
    const long = source.deliver(assignment(), stop.signal);
    await until(() => outbox.types().includes('backend'), 'the long run trains');
    await source.deliver(assignment({ trainer: { name: 'sick', parameters: {} } }));
    await until(() => source.open.length === 1, 'it tries again, while the long run trains');
    await source.deliver(assignment({ trainer: { name: 'good', parameters: {} } }));
    expect(outbox.last().type).toBe('result');
    // The long run still holds the second slot.
    expect(source.open.map(({ concurrency }) => concurrency)).toEqual([1]);
    stop.abort('enough');
    await long;
    await until(() => source.open.length === 2, 'the second slot is free');
  });

  it('keeps claiming when the runs themselves are at fault', async () => {
    await startHost('wrongParameters');
    for (let run = 0; run < 6; run += 1) await source.deliver(assignment());
    expect(source.closed).toBe(false);
  });

  it('says who it is, what it does, and that it goes', async () => {
    await startHost('hang', { concurrency: 2, heartbeatSeconds: 0.2 });
    await until(() => outbox.workers().length >= 2, 'a sign of life');
    expect(outbox.worker()).toMatchObject({
      id: 'test-worker',
      transport: 'queue',
      slots: 2,
      busy: 0,
      trainers: ['transformer'],
      state: 'active',
      reason: null,
      heartbeatSeconds: 0.2,
    });
    const work = source.deliver(assignment());
    await until(() => outbox.worker()?.busy === 1, 'it says that it works');
    await host.close();
    await work;
    expect(
      outbox
        .workers()
        .map(({ state }) => state)
        .slice(-2),
    ).toEqual(['stopping', 'stopped']);
    const numbers = outbox.workers().map(({ sequence }) => sequence);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('measures itself while it is idle, and never beside a run', async () => {
    let measured = 0;
    const aborted: boolean[] = [];
    await startHost('result', {
      measure: (stop) =>
        new Promise((resolve) => {
          measured += 1;
          const facts = { backend: 'wasm', backendReason: 'no GPU', gigaflops: 26, tokensPerSecond: 9000 } as const;
          if (measured > 1) return resolve(facts);
          stop.addEventListener('abort', () => {
            aborted.push(true);
            resolve(facts);
          });
        }),
    });
    await until(() => measured === 1, 'it measures');
    await source.deliver(assignment());
    expect(aborted).toEqual([true]);
    expect(outbox.worker()?.gigaflops).toBeNull();
    await until(() => outbox.worker()?.gigaflops === 26, 'it has measured');
    expect([measured, outbox.worker()?.backend]).toEqual([2, 'wasm']);
  });
});
