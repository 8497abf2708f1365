import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Assignment, type ReportInput, reportSchema, transformerParametersSchema } from '#libs/contracts';
import type { AssignmentSource, ReportOutbox } from '#libs/sweeps';
import { defaultLimits } from './run-trainer.js';
import { WorkerHost, type WorkerHostOptions } from './worker-host.js';

const script = fileURLToPath(new URL('fixtures/fake-trainer.mjs', import.meta.url));

/** Hands assignments over as the queue does: at most `concurrency` at a time, none after close. */
class FakeSource implements AssignmentSource {
  handler: ((assignment: Assignment, stop: AbortSignal) => Promise<void>) | undefined;
  closed = false;
  #underWay = new Set<Promise<void>>();

  consume(_concurrency: number, handler: (assignment: Assignment, stop: AbortSignal) => Promise<void>) {
    this.handler = handler;
    return {
      close: async () => {
        this.closed = true;
        await Promise.all(this.#underWay);
      },
    };
  }

  deliver(assignment: Assignment, stop = new AbortController().signal): Promise<void> {
    const work = this.handler!(assignment, stop).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return work;
  }
}

class FakeOutbox implements ReportOutbox {
  reports: ReportInput[] = [];
  failures = 0;
  async send(report: ReportInput): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the store is away');
    }
    // What goes through a queue is JSON, and must still be a valid report behind it.
    reportSchema.parse(JSON.parse(JSON.stringify(report)));
    this.reports.push(report);
  }
  types(): string[] {
    return this.reports.map((report) => report.type).filter((type) => type !== 'heartbeat');
  }
  last(): ReportInput {
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
      trainers: { transformer: { script, arguments: [behaviour], wallTimeSeconds: 60 } },
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
    trainer: { name: 'transformer', parameters: transformerParametersSchema.parse({ steps: 50 }) },
    domains: [
      { name: 'web', source: 'web.txt', weight: 0.75 },
      { name: 'code', source: 'code.txt', weight: 0.25 },
    ],
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
    expect(file.domains[0]).toEqual({ name: 'web', path: join(folder, 'data', 'web.txt'), weight: 0.75 });
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
    expect(message).toContain('exit code 3');
    expect(stderrTail.endsWith('the last words')).toBe(true);
    expect(stderrTail.length).toBeLessThanOrEqual(8000);
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
    await startHost('hang', { trainers: { transformer: { script, arguments: ['hang'], wallTimeSeconds: 0.3 } } });
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
    await source.deliver(assignment({ domains: [web!, { name: 'code', source: name, weight: 0.25 }] }));
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

  it('claims nothing more after five quick failures of its own', async () => {
    await startHost('killed');
    for (let run = 0; run < 4; run += 1) await source.deliver(assignment());
    expect(source.closed).toBe(false);
    await source.deliver(assignment());
    expect(source.closed).toBe(true);
    expect(logged.join('')).toContain('claims nothing more');
  });

  it('keeps claiming when the runs themselves are at fault', async () => {
    await startHost('wrongParameters');
    for (let run = 0; run < 6; run += 1) await source.deliver(assignment());
    expect(source.closed).toBe(false);
  });
});
