import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Assignment } from '#libs/contracts';
import { assignment as anAssignment, FakeS3 } from '#libs/testing';
import { AttemptCheckpoints } from './attempt-checkpoints.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { FolderStore } from './folder-store.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Store } from './s3-store.js';

let s3: FakeS3;
let folder: string;
let logged: { level: number; msg: string; reason?: string; err?: { message: string } }[];
let scratches = 0;
beforeAll(async () => {
  s3 = await FakeS3.start();
  for (const [name, value] of Object.entries(s3.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attempt-checkpoints-'));
  logged = [];
});
afterEach(() => {
  s3.objects.clear();
  s3.fault = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

const warnings = () => logged.filter(({ level }) => level >= 40).map(({ msg }) => msg);

/** One attempt on one worker, with a trainer that the test plays. */
class Attempt {
  readonly reported: number[] = [];
  readonly stop = new AbortController();
  readonly checkpoints: AttemptCheckpoints;
  private section: Awaited<ReturnType<AttemptCheckpoints['begin']>> = null;

  private constructor(store: CheckpointStore, assignment: Assignment) {
    const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) });
    this.checkpoints = new AttemptCheckpoints({ store, everySeconds: 60 }, assignment, this.stop.signal, log);
  }

  static async begin(store: CheckpointStore, attempt: number, change: Partial<Assignment> = {}): Promise<Attempt> {
    const self = new Attempt(store, anAssignment({ runId: 'run_1', attempt, ...change }));
    const scratch = join(folder, `scratch-${scratches++}`);
    mkdirSync(scratch);
    self.section = await self.checkpoints.begin(scratch);
    return self;
  }

  get folder(): string {
    return this.section!.folder;
  }

  get isWithout(): boolean {
    return this.section === null;
  }

  /** What the checkpoint it goes on from says. */
  get resumesFrom(): string | null {
    const from = this.section?.resumeFrom;
    return from ? readFileSync(join(from, 'weights'), 'utf8') : null;
  }

  write(step: number, text = `attempt's weights of step ${step}`): void {
    mkdirSync(join(this.folder, `step-${step}`));
    writeFileSync(join(this.folder, `step-${step}`, 'weights'), text);
  }

  say(step: number, final = false): void {
    this.checkpoints.said(step, final, () => this.reported.push(step));
  }

  /** Writes and says each, one after the other. */
  async keep(...steps: number[]): Promise<void> {
    for (const step of steps) {
      this.write(step);
      this.say(step);
      await vi.waitFor(() => expect(this.reported).toContain(step));
    }
  }
}

const keepFinal = { checkpoints: { everySteps: 0, keepFinal: true } };
const stores = [
  { kind: 'folder', open: () => new FolderStore(join(folder, 'store')) },
  { kind: 's3', open: () => new S3Store(new S3Bucket(s3.bucket, 1), 'cuvee') },
];

describe.each(stores)('an attempt with checkpoints in a store of kind $kind', ({ kind, open }) => {
  /** Damages what is stored under a path that ends so. */
  const damage = (end: string, change: (content: Buffer) => Buffer | null): void => {
    if (kind === 's3') {
      const key = s3.keys().find((each) => each.endsWith(end))!;
      const changed = change(s3.objects.get(key)!.body);
      if (changed) s3.objects.get(key)!.body = changed;
      else s3.objects.delete(key);
    } else {
      const path = join(folder, 'store', 'run_1', end);
      const changed = change(readFileSync(path));
      if (changed) writeFileSync(path, changed);
      else rmSync(path);
    }
  };

  it('begins at the beginning, and a later one where it ended', async () => {
    const first = await Attempt.begin(open(), 1);
    expect(first.resumesFrom).toBeNull();
    await first.keep(10, 20);
    expect(first.reported).toEqual([10, 20]);
    await first.checkpoints.attemptEnded();
    expect((await Attempt.begin(open(), 2)).resumesFrom).toBe("attempt's weights of step 20");
    expect(warnings()).toEqual([]);
  });

  it('keeps its last two', async () => {
    const attempt = await Attempt.begin(open(), 1);
    await attempt.keep(10, 20, 30, 40);
    await attempt.checkpoints.attemptEnded();
    expect((await open().list('run_1')).map(({ step }) => step).sort()).toEqual([30, 40]);
  });

  it('reports a checkpoint only when it can be resumed from, and ends only when all that was said is saved', async () => {
    const attempt = await Attempt.begin(open(), 1);
    attempt.write(10);
    attempt.say(10);
    expect(attempt.reported).toEqual([]);
    await attempt.checkpoints.attemptEnded();
    expect(attempt.reported).toEqual([10]);
  });

  it('passes over those that a slow store has no time for, but never the last', async () => {
    const attempt = await Attempt.begin(open(), 1);
    for (const step of [10, 20, 30, 40]) {
      attempt.write(step);
      attempt.say(step);
    }
    await attempt.checkpoints.attemptEnded();
    expect(attempt.reported).toEqual([10, 40]);
    expect(existsSync(join(attempt.folder, 'step-20'))).toBe(false);
  });

  it.each<[string, string, (content: Buffer) => Buffer | null]>([
    ['a file that lost its end', '1/20/files/weights', (content) => content.subarray(0, 5)],
    [
      'a flipped bit',
      '1/20/files/weights',
      (content) => Buffer.from(content.map((byte, i) => (i === 3 ? byte ^ 1 : byte))),
    ],
    ['a lost file', '1/20/files/weights', () => null],
    ['a torn manifest', '1/20/manifest.json', (content) => content.subarray(0, 30)],
    ['no manifest', '1/20/manifest.json', () => null],
  ])('falls back to the checkpoint before one with %s', async (_, end, change) => {
    const first = await Attempt.begin(open(), 1);
    await first.keep(10, 20);
    damage(end, change);
    expect((await Attempt.begin(open(), 2)).resumesFrom).toBe("attempt's weights of step 10");
  });

  it('does not go on from another training, nor from the half of a checkpoint', async () => {
    const first = await Attempt.begin(open(), 1);
    await first.keep(10);
    first.write(20);
    const { domains } = anAssignment();
    for (const change of [{ seed: 99 }, { domains: domains.map((domain) => ({ ...domain, weight: 0.1 })) }]) {
      expect((await Attempt.begin(open(), 2, change)).resumesFrom).toBeNull();
    }
    expect((await Attempt.begin(open(), 2)).resumesFrom).toBe("attempt's weights of step 10");
  });

  it('is not disturbed by a worker that was taken for dead and goes on under its old number', async () => {
    const zombie = await Attempt.begin(open(), 1);
    await zombie.keep(10);
    const successor = await Attempt.begin(open(), 2);
    expect(successor.resumesFrom).not.toBeNull();
    await successor.keep(20);
    await zombie.keep(20, 30, 40);
    await successor.keep(30);
    // It even comes to an end, and clears up after itself.
    await zombie.checkpoints.attemptEnded();
    await zombie.checkpoints.runEnded('result');
    expect((await open().list('run_1')).every(({ attempt }) => attempt === 2)).toBe(true);
    await successor.keep(50);
    expect((await Attempt.begin(open(), 3)).resumesFrom).toBe("attempt's weights of step 50");
  });

  it('of equals takes the furthest step, whatever attempt wrote it', async () => {
    await (await Attempt.begin(open(), 1)).keep(50);
    await (await Attempt.begin(open(), 2)).keep(10);
    expect((await Attempt.begin(open(), 3)).resumesFrom).toBe("attempt's weights of step 50");
  });

  it('leaves nothing of a run that has ended but the final weights, if they are wanted', async () => {
    for (const [change, how, left] of [
      [{}, 'result', 0],
      [keepFinal, 'without', 0],
      [keepFinal, 'result', 1],
    ] as const) {
      await (await Attempt.begin(open(), 1, change)).keep(5);
      const attempt = await Attempt.begin(open(), 2, change);
      await attempt.keep(10, 20);
      attempt.write(30);
      attempt.say(30, true);
      await attempt.checkpoints.attemptEnded();
      await attempt.checkpoints.runEnded(how);
      const kept = await open().list('run_1');
      expect(kept).toEqual(left === 0 ? [] : [{ runId: 'run_1', attempt: 2, step: 30, final: true }]);
    }
    expect(warnings()).toEqual([]);
  });

  it('keeps the final weights it went on from, when its worker died between them and the result', async () => {
    const first = await Attempt.begin(open(), 1, keepFinal);
    first.write(30, 'the end');
    first.say(30, true);
    await first.checkpoints.attemptEnded();
    const second = await Attempt.begin(open(), 2, keepFinal);
    expect(second.resumesFrom).toBe('the end');
    await second.checkpoints.attemptEnded();
    await second.checkpoints.runEnded('result');
    expect(await open().list('run_1')).toEqual([{ runId: 'run_1', attempt: 1, step: 30, final: true }]);
  });

  it('saves nothing more once nobody wants it', async () => {
    const attempt = await Attempt.begin(open(), 1);
    attempt.write(10);
    attempt.stop.abort('the sweep was cancelled');
    attempt.say(10);
    await attempt.checkpoints.attemptEnded();
    expect(attempt.reported).toEqual([]);
    expect(await open().list('run_1')).toEqual([]);
  });

  it('goes on when what a trainer says is not so, and complains once', async () => {
    const attempt = await Attempt.begin(open(), 1);
    for (const step of [10, 20]) {
      attempt.say(step);
      await attempt.checkpoints.attemptEnded();
    }
    expect(attempt.reported).toEqual([]);
    expect(warnings()).toEqual(['trouble in saving a checkpoint; the training goes on']);
  });
});

describe('an attempt whose store is in trouble', () => {
  it('keeps what it had when a bucket is away in the middle of an upload, and is well when that is back', async () => {
    const store = new S3Store(new S3Bucket(s3.bucket, 1), '');
    const attempt = await Attempt.begin(store, 1);
    await attempt.keep(10);
    let puts = 0;
    s3.fault = ({ method }) => (method === 'PUT' && ++puts > 1 ? 'cut' : undefined);
    for (const step of [20, 30]) {
      attempt.write(step);
      attempt.say(step);
      await vi.waitFor(() => expect(existsSync(join(attempt.folder, `step-${step}`))).toBe(false), 5000);
    }
    expect(attempt.reported).toEqual([10]);
    expect(warnings()).toEqual(['trouble in saving a checkpoint; the training goes on']);
    s3.fault = () => undefined;
    expect((await Attempt.begin(store, 2)).resumesFrom).toBe("attempt's weights of step 10");
    await attempt.keep(40);
    expect((await Attempt.begin(store, 2)).resumesFrom).toBe("attempt's weights of step 40");
  });

  it('trains from the beginning when the bucket cannot be read', async () => {
    const store = new S3Store(new S3Bucket(s3.bucket, 1), '');
    await (await Attempt.begin(store, 1)).keep(10);
    s3.fault = ({ method }) => (method === 'GET' ? { status: 403, code: 'AccessDenied' } : undefined);
    expect((await Attempt.begin(store, 2)).resumesFrom).toBeNull();
    expect(warnings()).toEqual(['trouble in looking for checkpoints; the training goes on']);
  });

  it('does without checkpoints when their folder cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const attempt = await Attempt.begin(new FolderStore(join(folder, 'file', 'store')), 1);
    expect(attempt.isWithout).toBe(true);
    attempt.say(10);
    await attempt.checkpoints.attemptEnded();
    expect(attempt.reported).toEqual([]);
    expect(warnings()).toEqual(['trouble in preparing for checkpoints; the training goes on']);
  });
});
