import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TrainerMessage, trainerMessageSchema } from '#libs/contracts';
import { encodeMessage } from './encode-message.js';
import { orphanExitCode } from './parent-watch.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = join(root, 'dist/gpu-workers/src/trainers/transformer/main.js');
const folder = mkdtempSync(join(tmpdir(), 'cuvee-trainer-'));
const children = new Set<ChildProcess>();

beforeAll(() => {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build first`);
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const parameters = {
  layers: 1,
  width: 16,
  heads: 2,
  contextLength: 16,
  batchSize: 4,
  steps: 8,
  warmupSteps: 2,
  evaluationTokens: 64,
};

let written = 0;
function writeAssignment(change: object = {}, parameterChange: object = {}): string {
  const names = ['prose', 'numbers'];
  for (const [index, name] of names.entries()) {
    const documents = Array.from({ length: 60 }, (_, i) => ({
      text: `${index === 0 ? 'word '.repeat(9) : '12345 '.repeat(9)}${i}`,
    }));
    writeFileSync(join(folder, `${name}.jsonl`), documents.map((document) => JSON.stringify(document)).join('\n'));
  }
  const path = join(folder, `assignment-${written++}.json`);
  const domains = names.map((name) => ({ name, path: join(folder, `${name}.jsonl`), weight: 0.5, tokens: 1000 }));
  const identity = { sweepId: 'sweep', runId: 'run', attempt: 1, seed: 1, fidelity: 'proxy', trainer: 'transformer' };
  const content = { ...identity, parameters: { ...parameters, ...parameterChange }, domains };
  writeFileSync(path, JSON.stringify({ ...content, ...change }));
  return path;
}

async function run(...args: string[]): Promise<{ code: number | null; messages: TrainerMessage[] }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.add(child);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
  return { code, messages: lines.map((line) => trainerMessageSchema.parse(JSON.parse(line))) };
}

describe('the trainer program', () => {
  it('writes the backend, progress and a result as lines of the protocol, and exits 0 with its parent’s pipe open', async () => {
    const { code, messages } = await run(writeAssignment());
    expect(code).toBe(0);
    expect(messages[0]).toMatchObject({ type: 'backend' });
    expect(messages.at(-2)).toMatchObject({ type: 'progress', step: 8, totalSteps: 8, tokens: 512 });
    expect(messages.at(-1)).toMatchObject({ type: 'result', tokens: 512, domainTokens: { prose: 256, numbers: 256 } });
  });

  it('exits at once when its parent’s end of standard input closes', async () => {
    const path = writeAssignment({}, { steps: 1_000_000 });
    const child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'ignore'] });
    children.add(child);
    await once(child.stdout, 'data');
    child.stdin.end();
    const [code] = await once(child, 'exit');
    expect(code).toBe(orphanExitCode);
  });

  it('goes on without a parent when told that it stands alone', async () => {
    const child = spawn(process.execPath, [program, '--standalone', writeAssignment()], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    children.add(child);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('names the domain whose text is missing, as an error of the data, and exits 3', async () => {
    const domains = [
      { name: 'prose', path: join(folder, 'prose.jsonl'), weight: 1, tokens: 1000 },
      { name: 'ghost', path: join(folder, 'ghost.txt'), weight: 0, tokens: 1000 },
    ];
    const { code, messages } = await run(writeAssignment({ domains }));
    expect(code).toBe(3);
    expect(messages.at(-1)).toMatchObject({
      type: 'error',
      class: 'data',
      message: expect.stringContaining('domain "ghost": no such file'),
    });
  });

  it('trains on the tokens of a tokenizer, keeps them for the next run, and gives bits per byte of the text', async () => {
    const tokenizerPath = join(root, 'gpu-workers/fixtures/tokenizer.json');
    const tokenCacheFolder = join(folder, 'tokens');
    const asked = [
      { tokenizerPath, tokenCacheFolder },
      { tokenizer: 'tokenizer.json', vocabulary: 600, steps: 9 },
    ] as const;
    const first = await run(writeAssignment(...asked));
    expect(first.code).toBe(0);
    expect(readdirSync(tokenCacheFolder)).toHaveLength(2);
    const again = await run(writeAssignment(...asked));
    const [result, same] = [first, again].map(({ messages }) => messages.at(-1)) as [TrainerMessage, TrainerMessage];
    if (result.type !== 'result' || same.type !== 'result') throw new Error('no result');
    expect(same.losses).toEqual(result.losses);
    const bytesPerToken = (domain: string) => {
      const { natsPerToken, bitsPerByte } = result.losses[domain]!;
      return natsPerToken / Math.LN2 / bitsPerByte!;
    };
    // Few of its merges occur in these words.
    expect(bytesPerToken('prose')).toBeGreaterThan(1.01);
    expect(bytesPerToken('prose')).toBeLessThan(2);
    const small = await run(writeAssignment({ tokenizerPath }, { tokenizer: 'tokenizer.json', vocabulary: 300 }));
    expect(small.messages.at(-1)).toMatchObject({
      type: 'error',
      class: 'configuration',
      message: expect.stringContaining('the tokenizer has 557 tokens, the model only 300; set vocabulary to 557'),
    });
  });

  it('calls what is wrong with an assignment an error of the configuration', async () => {
    for (const [path, message] of [
      [join(folder, 'nothing.json'), 'the assignment cannot be read'],
      [writeAssignment({ seed: -1 }), 'the assignment is not valid: seed'],
      [writeAssignment({ extra: 1 }), 'the assignment is not valid: Unrecognized key: "extra"'],
      [writeAssignment({}, { width: 18, heads: 6 }), 'width / heads must be even'],
      [writeAssignment({}, { tokenizer: 'own.json' }), 'parameters.tokenizer is own.json and tokenizerPath,'],
    ] as const) {
      const { code, messages } = await run(path);
      expect(code).toBe(3);
      expect(messages.at(-1)).toEqual({
        type: 'error',
        class: 'configuration',
        message: expect.stringContaining(message),
      });
    }
  });

  it('says that memory did not suffice, which is no fault of the program', async () => {
    const { code, messages } = await run(writeAssignment({}, { layers: 48, width: 4096, heads: 64 }));
    expect(code).toBe(3);
    expect(messages.at(-1)).toMatchObject({ type: 'error', class: 'out-of-memory' });
  });

  it('tells how it is used when it is called otherwise', () => {
    for (const args of [[], ['--foo', 'a.json'], ['a.json', 'b.json'], ['--backend', 'gpu', 'a.json']]) {
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
      expect(status).toBe(2);
      expect(stderr).toMatch(/^usage: main\.js .* assignment\.json$/m);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });
});

describe('encodeMessage', () => {
  it('keeps numbers that JSON does not know', () => {
    const message = { type: 'diverged', step: 3, trainLoss: Number.NaN, reason: 'x' } as const;
    expect(encodeMessage(message)).toBe('{"type":"diverged","step":3,"trainLoss":"NaN","reason":"x"}');
    const infinite = { ...message, trainLoss: Number.NEGATIVE_INFINITY };
    expect(trainerMessageSchema.parse(JSON.parse(encodeMessage(infinite)))).toEqual(infinite);
  });
});
