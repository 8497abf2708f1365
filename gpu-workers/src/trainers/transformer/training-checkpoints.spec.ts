import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AssignmentFile, TrainerMessage } from '#libs/contracts';
import type { BackendName } from '../../backend/backend.js';
import { selectBackend } from '../../backend/select-backend.js';
import { readSafetensors } from '../../checkpoints/safetensors.js';
import type { DomainText } from '../../data/load-domain.js';
import { trainTransformer } from './train-transformer.js';
import { transformerAssignmentSchema } from './transformer-assignment.js';

const words = { letters: 'the cat sat on the mat and ate. ', digits: '3141592653589793 2718281828 ' };
const texts: DomainText[] = Object.entries(words).map(([name, line]) => ({
  name,
  training: Buffer.from(line.repeat(60)),
  heldOut: Buffer.from(line.repeat(20)),
  heldOutLengths: null,
}));
const steps = 24;
const dense = {
  layers: 1,
  width: 16,
  heads: 2,
  contextLength: 16,
  batchSize: 4,
  steps,
  warmupSteps: 5,
  learningRate: 0.01,
  evaluationTokens: 256,
};
const experts = { ...dense, experts: { count: 4, topK: 2, balancing: 'loss-free' } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'training-checkpoints-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

type Section = NonNullable<AssignmentFile['checkpoints']>;

interface Call {
  parameters?: Record<string, unknown>;
  backend?: BackendName;
  section?: Partial<Section> | null;
  texts?: DomainText[];
  /** Told to go when it says this. */
  stopAt?: (message: TrainerMessage) => boolean;
  clock?: () => number;
}

async function train(call: Call = {}) {
  const stop = new AbortController();
  const messages: TrainerMessage[] = [];
  const log: string[] = [];
  const backend = await selectBackend(call.backend ?? 'wasm');
  const tensors = backend.tf.memory().numTensors;
  const section = { everySteps: 5, everySeconds: 0, keepFinal: true, folder: join(root, 'a'), resumeFrom: null };

  if (call.section?.folder !== join(root, 'full', 'disk'))
    mkdirSync(call.section?.folder ?? section.folder, { recursive: true });
  const assignment = transformerAssignmentSchema.parse({
    sweepId: 'sweep',
    runId: 'run',
    attempt: 1,
    seed: 3,
    fidelity: 'proxy',
    trainer: 'transformer',
    parameters: call.parameters ?? dense,
    domains: texts.map(({ name }, index) => ({ name, path: name, weight: [0.7, 0.3][index], tokens: 1000 })),
    checkpoints: call.section === null ? null : { ...section, ...call.section },
  });
  await trainTransformer(assignment, call.texts ?? texts, {
    backend,
    stop: stop.signal,
    log: (line) => log.push(line),
    elapsedSeconds: call.clock ?? (() => 0),
    progressSeconds: 0,
    onMessage: (message) => {
      messages.push(message);
      if (call.stopAt?.(message)) stop.abort();
    },
  });
  expect(backend.tf.memory().numTensors).toBe(tensors);
  return { messages, log, types: messages.map(({ type }) => type) };
}

const told = (messages: readonly TrainerMessage[]) =>
  messages.filter(({ type }) => type === 'progress' || type === 'expert-load' || type === 'result');
const stepsOf = (messages: readonly TrainerMessage[], type: 'checkpoint' | 'progress') =>
  messages.flatMap((message) => (message.type === type ? [message.step] : []));
const isAtStep = (step: number) => (message: TrainerMessage) => message.type === 'progress' && message.step === step;

describe.each([
  ['a dense model on the WASM kernels', dense, 'wasm'],
  ['a dense model on the CPU reference', dense, 'cpu'],
  ['experts with a router bias', experts, 'wasm'],
] as const)('the checkpoints of %s', (_, parameters, backend) => {
  it('hold all that the training depends on: it goes on bit for bit, message for message', async () => {
    const whole = await train({ parameters, backend });
    const final = readFileSync(join(root, 'a', `step-${steps}`, 'weights.safetensors'));
    expect(stepsOf(whole.messages, 'checkpoint')).toEqual([5, 10, 15, 20, steps]);
    for (const from of [5, 20, steps]) {
      const section = { folder: join(root, `from-${from}`), resumeFrom: join(root, 'a', `step-${from}`) };
      const resumed = await train({ parameters, backend, section });
      expect(resumed.messages[0]).toEqual({ type: 'resumed', step: from });
      const rest = told(whole.messages).filter((message) => message.type !== 'progress' || message.step > from);
      expect(told(resumed.messages)).toEqual(rest);
      expect(readFileSync(join(section.folder, `step-${steps}`, 'weights.safetensors')).equals(final)).toBe(true);
    }
  });
});

describe('the checkpoints of a training', () => {
  it('are written after the step under way when it is told to go, and it then says no result', async () => {
    const { messages, types } = await train({ section: { everySteps: 0 }, stopAt: isAtStep(7) });
    expect(stepsOf(messages, 'progress').at(-1)).toBe(7);
    expect(messages.at(-1)).toEqual({ type: 'checkpoint', step: 7 });
    expect(types).not.toContain('result');
    const resumed = await train({ section: { folder: join(root, 'b'), resumeFrom: join(root, 'a', 'step-7') } });
    const whole = await train({ section: null });
    expect(told(resumed.messages).at(-1)).toEqual(told(whole.messages).at(-1));
  });

  it('are not written twice for one step, and not at all where none are kept', async () => {
    const stopped = await train({ stopAt: isAtStep(10) });
    expect(stepsOf(stopped.messages, 'checkpoint')).toEqual([5, 10]);
    const without = await train({ section: null, stopAt: isAtStep(10) });
    expect(without.types).not.toContain('checkpoint');
    expect(stepsOf(without.messages, 'progress').at(-1)).toBe(10);
  });

  it('come by the clock when the sweep gives no steps, and count the seconds of earlier attempts', async () => {
    let now = 0;
    const clock = () => now++;
    const { messages } = await train({ section: { everySteps: 0, everySeconds: 25, keepFinal: false }, clock });
    const written = stepsOf(messages, 'checkpoint');
    expect(written.length).toBeGreaterThan(1);
    expect(written.length).toBeLessThan(steps / 2);
    const folder = join(root, 'a', `step-${written.at(-1)}`);
    const { seconds } = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
    const section = { folder: join(root, 'b'), resumeFrom: folder, keepFinal: false };
    const resumed = await train({ section, clock: () => 0.5 });
    expect(resumed.messages.at(-1)).toMatchObject({ type: 'result', seconds: seconds + 0.5 });
  });

  it('name every parameter with its shape, and the final one leaves the optimiser out', async () => {
    await train({ parameters: experts });
    const tensors = readSafetensors(join(root, 'a', `step-${steps}`, 'weights.safetensors'));
    expect(tensors.map(({ name, shape }) => [name, shape])).toContainEqual([
      'layer0.expertsIn',
      [4, 16, expect.any(Number)],
    ]);
    expect(tensors.find(({ name }) => name === 'routerBias')?.values.some((value) => value !== 0)).toBe(true);
    expect(readdirSync(join(root, 'a', 'step-20')).sort()).toEqual([
      'optimizer.safetensors',
      'state.json',
      'weights.safetensors',
    ]);
    expect(readdirSync(join(root, 'a', `step-${steps}`)).sort()).toEqual(['state.json', 'weights.safetensors']);
  });

  it.each<[string, Call, RegExp]>([
    ['another backend', { backend: 'cpu' }, /backend wasm there, cpu here/],
    [
      'other text',
      { texts: texts.map((text) => ({ ...text, heldOut: Buffer.from('other '.repeat(40)) })) },
      /; text |: text /,
    ],
    ['other parameters', { parameters: { ...dense, beta2: 0.9, learningRate: 0.02, width: 8 } }, /arithmetic/],
  ])('are not used on %s: it begins at the beginning and says why', async (_, call, reason) => {
    await train();
    const section = { folder: join(root, 'b'), resumeFrom: join(root, 'a', 'step-10') };
    const other = await train({ ...call, section });
    expect(other.log).toEqual([expect.stringMatching(reason)]);
    expect(other.types).not.toContain('resumed');
    expect(stepsOf(other.messages, 'progress')[0]).toBe(1);
    expect(other.types.at(-1)).toBe('result');
  });

  it.each([
    ['gone', (folder: string) => rmSync(folder, { recursive: true })],
    [
      'cut short',
      (folder: string) => {
        const file = join(folder, 'optimizer.safetensors');
        writeFileSync(file, readFileSync(file).subarray(0, 5000));
      },
    ],
    [
      'of another step',
      (folder: string) => copyFileSync(join(folder, 'optimizer.safetensors'), join(folder, 'weights.safetensors')),
    ],
    ['no JSON', (folder: string) => writeFileSync(join(folder, 'state.json'), '{"format":1')],
  ])('that are %s are not used either', async (_, damage) => {
    const whole = await train();
    const resumeFrom = join(root, 'a', 'step-10');
    damage(resumeFrom);
    const { messages, log } = await train({ section: { folder: join(root, 'b'), resumeFrom } });
    expect(log).toEqual([expect.stringContaining('the checkpoint cannot be used')]);
    expect(told(messages)).toEqual(told(whole.messages));
  });

  it('that cannot be written are told and change nothing', async () => {
    const whole = await train({ section: null });
    writeFileSync(join(root, 'full'), '');
    const { messages } = await train({ section: { folder: join(root, 'full', 'disk') } }).catch((error) => {
      throw new Error(`it ended the training: ${error}`);
    });
    expect(told(messages)).toEqual(told(whole.messages));
    const failures = messages.filter((message) => message.type === 'checkpoint-failed');
    expect(failures).toHaveLength(5);
    expect(failures[0]).toMatchObject({ step: 5, reason: expect.stringMatching(/ENOTDIR|ENOENT/) });
  });
});
