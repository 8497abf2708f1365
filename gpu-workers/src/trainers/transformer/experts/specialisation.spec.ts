import { describe, expect, it } from 'vitest';
import { type ExpertLoad, type Experts, transformerParametersSchema } from '#libs/contracts';
import { describeRouting } from '#libs/routing';
import { selectBackend } from '../../../backend/select-backend.js';
import type { DomainText } from '../../../data/load-domain.js';
import { trainTransformer } from '../train-transformer.js';
import { twoDomainParameters, twoDomains } from './two-domains.js';

const texts = Object.entries(twoDomains()).map(([name, documents]): DomainText => {
  const text = Buffer.from(documents.join(''));
  const cut = Math.floor(0.8 * text.length);
  return { name, training: text.subarray(0, cut), heldOut: text.subarray(cut), heldOutLengths: null };
});

/** The loads of the last evaluation, and the tokens of every load of every evaluation. */
async function train(experts: Partial<Experts>, change: object = {}, seed = 1) {
  const backend = await selectBackend('wasm');
  const before = backend.tf.memory().numTensors;
  const loads: ExpertLoad[] = [];
  let losses: unknown;
  await trainTransformer(
    {
      ...{
        sweepId: 'sweep',
        runId: 'run',
        attempt: 1,
        seed,
        fidelity: 'toy',
        trainer: 'transformer',
        checkpoints: null,
      },
      parameters: transformerParametersSchema.parse({
        ...twoDomainParameters,
        ...change,
        experts: { ...twoDomainParameters.experts, ...experts },
      }),
      domains: texts.map(({ name }) => ({ name, path: name, weight: 0.5, tokens: 1000 })),
    },
    texts,
    {
      backend,
      elapsedSeconds: () => 0,
      onMessage: (message) => {
        if (message.type === 'expert-load') loads.push(message);
        if (message.type === 'result') losses = message.losses;
      },
    },
  );
  expect(backend.tf.memory().numTensors).toBe(before);
  expect(losses).toBeDefined();
  return loads;
}

describe('experts on two domains without a common character', () => {
  it('tell the domains apart and stay balanced when balanced over the global batch; in micro-batches they cannot', async () => {
    const global = describeRouting(await train({ scope: 'global-batch' }));
    const micro = describeRouting(await train({ scope: 'micro-batch', microBatchSequences: 1 }));
    expect(global.map(({ layer }) => layer)).toEqual([0, 1]);
    for (const [layer, routing] of global.entries()) {
      expect(routing.mutualInformationBits).toBeGreaterThan(0.3);
      expect(routing.maximumViolation).toBeLessThan(0.5);
      expect(micro[layer]!.mutualInformationBits).toBeLessThan(0.1);
    }
  });

  it('stay balanced by the loss-free bias, and do not without any balancing', async () => {
    const shorter = { steps: 140 };
    const free = describeRouting(await train({ balancing: 'loss-free' }, shorter));
    const none = describeRouting(await train({ balancing: 'none' }, shorter));
    const worst = (routing: typeof free) => Math.max(...routing.map(({ maximumViolation }) => maximumViolation));
    expect(worst(free)).toBeLessThan(0.5);
    expect(worst(none)).toBeGreaterThan(0.5);
  });

  it('are counted for every layer and domain at each evaluation, each held-out token topK times', async () => {
    const experts = { count: 6, topK: 3, shared: 1 };
    const loads = await train(experts, { steps: 6, evaluationEvery: 3, evaluationTokens: 256, warmupSteps: 2 });
    const said = loads.map(({ layer, domain }) => `${domain} ${layer}`);
    const each = ['letters 0', 'letters 1', 'digits 0', 'digits 1'];
    expect(said).toEqual([...each, ...each]);
    for (const { load } of loads) {
      expect(load.length).toBe(6);
      expect(load.reduce((sum, count) => sum + count, 0)).toBe(3 * 256);
    }
  });
});
