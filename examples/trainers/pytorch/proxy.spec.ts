import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, python, skipTorch } from '#libs/testing';
import { loadDomain } from '../../../gpu-workers/src/data/load-domain.js';
import { defaultLimits, runTrainer, type TrainerOutcome } from '../../../gpu-workers/src/host/run-trainer.js';
import type { PassingMessage } from '../../../gpu-workers/src/host/trainer-output.js';
import { makeRunFolder } from '../../../gpu-workers/src/host/work-folder.js';

const program = fileURLToPath(new URL('proxy.py', import.meta.url));
const tiny = { layers: 1, width: 16, heads: 2, batchSize: 4, contextLength: 16, warmupSteps: 5, evaluationTokens: 256 };

let folder: string;
let messages: PassingMessage[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
  messages = [];
  writeText();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Two domains in every form that a domain can have. */
function writeText(): void {
  let state = 7;
  const next = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % limit;
  };
  const line = (alphabet: string) => Array.from({ length: 60 }, () => alphabet[next(alphabet.length)]).join('');
  const lines = (count: number, alphabet: string) => Array.from({ length: count }, () => line(alphabet));
  const jsonl = (count: number) =>
    lines(count, 'éàü 0123456789')
      .map((text) => JSON.stringify({ text }))
      .join('\n');
  const words = join(folder, 'words');
  mkdirSync(join(words, 'deeper'), { recursive: true });
  writeFileSync(
    join(words, 'prose.txt'),
    lines(900, 'abcdefg  ')
      .map((text, i) => `${text}\n${i % 9 ? '' : ' \t\r\n'}`)
      .join(''),
  );
  writeFileSync(join(words, 'unbroken.txt'), lines(1000, 'xyz').join('\r\n'));
  writeFileSync(join(words, 'deeper', 'one-line.txt'), lines(1000, 'uvw').join(''));
  writeFileSync(join(words, 'deeper', 'more.jsonl.gz'), gzipSync(jsonl(20)));
  writeFileSync(join(words, 'picture.bin'), Buffer.from([1, 0, 2]));
  writeFileSync(join(words, '.hidden'), 'hidden');
  symlinkSync(join(words, 'prose.txt'), join(words, 'link.txt'));
  writeFileSync(join(folder, 'numbers.jsonl'), `${jsonl(200)}\n\n`);
}

const domains = () => [
  { name: 'words', path: join(folder, 'words'), weight: 0.7, tokens: 1000 },
  { name: 'numbers', path: join(folder, 'numbers.jsonl'), weight: 0.3, tokens: 1000 },
];

async function train(options: {
  parameters?: object;
  checkpoints?: { everySteps: number; resumeFrom?: string; into: string };
  stop?: AbortSignal;
  changes?: object;
}): Promise<TrainerOutcome> {
  const runFolder = await makeRunFolder(join(folder, 'work'));
  const { resumeFrom = null, everySteps = 0, into = '' } = options.checkpoints ?? {};
  const assignment = {
    ...{ sweepId: 's', runId: 'r', attempt: 1, seed: 5, fidelity: 'proxy', trainer: 'pytorch' },
    parameters: { ...tiny, steps: 40, ...options.parameters },
    domains: domains(),
    checkpoints: options.checkpoints
      ? { everySteps, everySeconds: 0, keepFinal: true, folder: into, resumeFrom }
      : null,
    ...options.changes,
  };
  const assignmentPath = join(runFolder, 'assignment.json');
  writeFileSync(assignmentPath, JSON.stringify(assignment));
  return runTrainer({
    entry: { command: [python, program], wallTimeSeconds: 60 },
    assignmentPath,
    folder: runFolder,
    environment: { PATH: process.env.PATH, OMP_NUM_THREADS: '1', CUVEE_RUN_FOLDER: runFolder },
    limits: { ...defaultLimits, killSeconds: 20 },
    stop: options.stop ?? new AbortController().signal,
    onMessage: (message) => messages.push(message),
  });
}

describe.skipIf(skipTorch())('the PyTorch example', () => {
  it('holds out the very bytes that the built-in trainer holds out', () => {
    const script = [
      `import sys, json, hashlib; sys.path.insert(0, ${JSON.stringify(join(program, '..'))}); import proxy`,
      'print(json.dumps([[hashlib.sha256(bytes(side.tolist())).hexdigest() for side in proxy.load(domain, 0.2, 17)]',
      '  for domain in json.loads(sys.argv[1])]))',
    ].join('\n');
    const { stdout, stderr } = spawnSync(python, ['-B', '-c', script, JSON.stringify(domains())], { encoding: 'utf8' });
    const hash = (bytes: ArrayLike<number>) => createHash('sha256').update(Uint8Array.from(bytes)).digest('hex');
    const expected = domains().map((domain) => {
      const { training, heldOut } = loadDomain(domain, { heldOutShare: 0.2, minimumTokens: 17, trains: true });
      return [hash(training), hash(heldOut)];
    });
    expect(stdout, stderr).not.toBe('');
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('learns, says how it does, and goes on from a checkpoint to the very same losses', async () => {
    const [first, second] = ['first', 'second'].map((name) => join(folder, name));
    const whole = await train({ parameters: { evaluationEvery: 20 }, checkpoints: { everySteps: 15, into: first! } });
    if (whole.type !== 'result') throw new Error(JSON.stringify(whole));
    expect(whole.tokens).toBe(40 * 4 * 16);
    expect(Object.keys(whole.losses)).toEqual(['words', 'numbers']);
    expect(whole.losses.words?.natsPerToken).toBeLessThan(4.5);
    expect(whole.losses.words?.bitsPerByte).toBeCloseTo((whole.losses.words?.natsPerToken ?? 0) / Math.LN2, 12);
    const evaluated = messages.filter((message) => message.type === 'progress' && message.losses);
    expect(evaluated).toMatchObject([{ step: 20, totalSteps: 40, tokens: 1280 }]);
    expect(readdirSync(first!).sort()).toEqual(['step-15', 'step-30', 'step-40']);

    messages = [];
    const resumed = await train({ checkpoints: { everySteps: 0, into: second!, resumeFrom: join(first!, 'step-30') } });
    expect(messages).toContainEqual({ type: 'resumed', step: 30 });
    expect(resumed).toMatchObject({ type: 'result', losses: whole.losses });
  });

  it('writes a checkpoint when it is told to stop', async () => {
    const into = join(folder, 'stopped');
    const stop = new AbortController();
    const ended = train({ parameters: { steps: 100_000 }, checkpoints: { everySteps: 0, into }, stop: stop.signal });
    await eventually(() => messages.some(({ type }) => type === 'progress'));
    stop.abort('shutdown');
    expect(await ended).toEqual({ type: 'stopped' });
    const last = messages.at(-1);
    expect(last).toMatchObject({ type: 'checkpoint', final: false });
    expect(readdirSync(into)).toEqual([`step-${(last as { step: number }).step}`]);
  });

  it('says that the loss diverged, and on what', async () => {
    const outcome = await train({ parameters: { learningRate: 1e30, warmupSteps: 0 } });
    expect(outcome).toMatchObject({ type: 'diverged', trainLoss: Number.NaN });
  });

  it('tells text it cannot use from parameters it cannot use', async () => {
    const short = [{ ...domains()[0], path: join(folder, 'absent') }, domains()[1]];
    expect(await train({ changes: { domains: short } })).toMatchObject({ type: 'failed', class: 'data' });
    expect(await train({ parameters: { heads: 3 } })).toMatchObject({
      type: 'failed',
      class: 'configuration',
      message: 'width must be a multiple of heads (3), got 16',
    });
  });
});
