import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type TrainerMessage, tokensPerRun } from '#libs/contracts';
import { MadeUpLanguage } from '#libs/testing';
import { selectBackend } from '../../backend/select-backend.js';
import { loadTexts } from './load-texts.js';
import { trainTransformer } from './train-transformer.js';
import { transformerAssignmentSchema } from './transformer-assignment.js';

const folder = mkdtempSync(join(tmpdir(), 'cuvee-repetition-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes documents of about 110 bytes; returns their bytes, about. */
function writeDomain(name: string, seed: number, documents: number): number {
  const language = new MadeUpLanguage(seed, { words: 60, followers: 3 });
  const lines = Array.from({ length: documents }, (_, i) => JSON.stringify({ text: language.text(i, 25) }));
  writeFileSync(join(folder, `${name}.jsonl`), lines.join('\n'));
  return documents * 110;
}
const tokens = { small: writeDomain('small', 1, 400), large: writeDomain('large', 2, 400) };

function assign(weight: number, targetTokens?: number) {
  const weights = { small: weight, large: 1 - weight };
  return transformerAssignmentSchema.parse({
    ...{ sweepId: 'sweep', runId: 'run', attempt: 1, seed: 1, fidelity: 'proxy', trainer: 'transformer' },
    parameters: {
      layers: 1,
      width: 32,
      heads: 2,
      contextLength: 32,
      batchSize: 8,
      steps: 150,
      warmupSteps: 10,
      learningRate: 0.01,
      ...(targetTokens && { repetition: { targetTokens } }),
    },
    domains: (['small', 'large'] as const).map((name) => ({
      name,
      weight: weights[name],
      // The large domain's text is a sample: it has a thousand times as much, and is repeated in no run.
      tokens: name === 'large' ? 1000 * tokens.large : tokens.small,
      path: join(folder, `${name}.jsonl`),
    })),
  });
}

async function train(assignment: ReturnType<typeof assign>) {
  let last: TrainerMessage | undefined;
  await trainTransformer(assignment, loadTexts(assignment), {
    backend: await selectBackend('wasm'),
    onMessage: (message) => {
      last = message;
    },
    elapsedSeconds: () => 0,
  });
  if (last?.type !== 'result') throw new Error(`expected a result, got ${JSON.stringify(last)}`);
  return last;
}

describe('repetition as in the large run', () => {
  const target = 150 * tokensPerRun(assign(0.5).parameters);

  it('makes a domain’s epochs those of the large run', async () => {
    const assignment = assign(0.5, target);
    const [small, large] = loadTexts(assignment);
    const { domainTokens } = await train(assignment);
    const epochs = domainTokens!.small! / small!.training.length;
    expect(epochs / ((0.5 * target) / tokens.small)).toBeCloseTo(1, 2);
    expect(epochs).toBeGreaterThan(10);
    // The same documents as without it, and no more of them for another seed.
    expect(large!.training.length).toBe(loadTexts(assign(0.5))[1]!.training.length);
    expect(loadTexts({ ...assignment, seed: 2 })[0]!.training).toEqual(small!.training);
  });

  it('shows how little more weight on a small domain gains once it is known by heart, which a plain proxy cannot see', async () => {
    const lossOf = async (weight: number, targetTokens?: number) =>
      (await train(assign(weight, targetTokens))).losses.small!.natsPerToken;
    const [some, most] = [await lossOf(0.3), await lossOf(0.9)];
    const [someRepeated, mostRepeated] = [await lossOf(0.3, target), await lossOf(0.9, target)];
    const [gain, gainRepeated] = [some - most, someRepeated - mostRepeated];
    expect(gain).toBeGreaterThan(0.5);
    expect(gainRepeated).toBeLessThan(gain / 2);
    expect(mostRepeated).toBeGreaterThan(most + 0.5);
  });
});
