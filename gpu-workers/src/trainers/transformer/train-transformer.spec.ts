import { describe, expect, it } from 'vitest';
import type { TrainerMessage } from '#libs/contracts';
import type { BackendName } from '../../backend/backend.js';
import { selectBackend } from '../../backend/select-backend.js';
import type { DomainText } from '../../data/load-domain.js';
import { trainTransformer } from './train-transformer.js';
import { type TransformerAssignment, transformerAssignmentSchema } from './transformer-assignment.js';

const words = { letters: 'the cat sat on the mat and ate. ', digits: '3141592653589793 2718281828 ' };
const texts: DomainText[] = Object.entries(words).map(([name, line]) => ({
  name,
  training: Buffer.from(line.repeat(60)),
  heldOut: Buffer.from(line.repeat(20)),
  heldOutLengths: null,
}));
const parameters = {
  layers: 1,
  width: 16,
  heads: 2,
  contextLength: 16,
  batchSize: 4,
  steps: 60,
  warmupSteps: 5,
  learningRate: 0.01,
  evaluationTokens: 256,
};

function assign(weights: [number, number], change: Record<string, unknown> = {}, seed = 1): TransformerAssignment {
  return transformerAssignmentSchema.parse({
    sweepId: 'sweep',
    runId: 'run',
    attempt: 1,
    seed,
    fidelity: 'proxy',
    trainer: 'transformer',
    parameters: { ...parameters, ...change },
    domains: texts.map(({ name }, index) => ({ name, path: name, weight: weights[index], tokens: 1000 })),
  });
}

async function train(assignment: TransformerAssignment, name: BackendName = 'wasm'): Promise<TrainerMessage[]> {
  const messages: TrainerMessage[] = [];
  const backend = await selectBackend(name);
  const before = backend.tf.memory().numTensors;
  await trainTransformer(assignment, texts, {
    backend,
    onMessage: (message) => messages.push(message),
    elapsedSeconds: () => 0,
  });
  expect(backend.tf.memory().numTensors).toBe(before);
  return messages;
}

function resultOf(messages: TrainerMessage[]) {
  const last = messages.at(-1);
  if (last?.type !== 'result') throw new Error(`expected a result, got ${JSON.stringify(last)}`);
  return last;
}

describe('trainTransformer', () => {
  it.each(['wasm', 'cpu'] as const)('gives the same result bit for bit for the same seed, on %s', async (backend) => {
    const assignment = assign([0.5, 0.5], { steps: 12 });
    const [first, second] = [await train(assignment, backend), await train(assignment, backend)];
    expect(second).toEqual(first);
    const other = resultOf(await train(assign([0.5, 0.5], { steps: 12 }, 2), backend));
    expect(other.losses).not.toEqual(resultOf(first).losses);
  });

  it('comes to the same losses on the WASM kernels as on the CPU reference', async () => {
    const assignment = assign([0.5, 0.5], { steps: 20 });
    const [wasm, cpu] = [resultOf(await train(assignment, 'wasm')), resultOf(await train(assignment, 'cpu'))];
    for (const { name } of texts) {
      expect(Math.abs(wasm.losses[name]!.natsPerToken - cpu.losses[name]!.natsPerToken)).toBeLessThan(0.01);
    }
  });

  it('learns a domain better the more weight it has', async () => {
    const losses = [];
    for (const weight of [0, 0.3, 1]) losses.push(resultOf(await train(assign([weight, 1 - weight]))).losses);
    const [none, some, all] = losses.map((loss) => loss.letters!.natsPerToken) as [number, number, number];
    expect(none).toBeGreaterThan(some + 0.5);
    expect(some).toBeGreaterThan(all + 0.05);
    expect(losses[2]!.digits!.natsPerToken).toBeGreaterThan(losses[0]!.digits!.natsPerToken + 0.5);
  });

  it('reports what it did: tokens, the domains’ true shares, both units, the number of parameters', async () => {
    const result = resultOf(await train(assign([0.7, 0.3], { steps: 10 })));
    expect(result.tokens).toBe(10 * 4 * 16);
    expect(result.domainTokens).toEqual({ letters: 28 * 16, digits: 12 * 16 });
    expect(result.parameters).toBe(256 * 16 + 4 * 16 * 16 + 3 * 16 * 44 + 3 * 16);
    // 6 x (all but the gains + attention over 8.5 of 16 positions, two products of 16), as many tokens.
    expect(result.flops).toBe(640 * 6 * (result.parameters! - 3 * 16 + 2 * 16 * 8.5));
    for (const { natsPerToken, bitsPerByte } of Object.values(result.losses)) {
      expect(bitsPerByte).toBeCloseTo(natsPerToken / Math.log(2), 10);
    }
  });

  it('evaluates on the way when asked to, and tells the step', async () => {
    const messages = await train(assign([0.5, 0.5], { steps: 12, evaluationEvery: 5 }));
    const curve = messages.filter((message) => message.type === 'progress' && message.losses !== undefined);
    expect(curve.map((message) => message.type === 'progress' && message.step)).toEqual([5, 10]);
    const plain = resultOf(await train(assign([0.5, 0.5], { steps: 12 })));
    expect(resultOf(messages).losses).toEqual(plain.losses);
  });

  it('says that a run diverged instead of giving losses', async () => {
    // A decay of 10 at a rate of 1 multiplies the matrices by -9 in every step.
    const messages = await train(assign([0.5, 0.5], { learningRate: 1, weightDecay: 10, schedule: 'constant' }));
    const last = messages.at(-1)!;
    expect(last).toMatchObject({
      type: 'diverged',
      reason: expect.stringMatching(/loss is (not finite|above 11\.09)/),
    });
    expect(messages.some(({ type }) => type === 'result')).toBe(false);
  });
});
