import { describe, expect, it } from 'vitest';
import type { TrainerMessage } from '#libs/contracts';
import { MadeUpLanguage } from '#libs/testing';
import { selectBackend } from '../../backend/select-backend.js';
import { trainTransformer } from './train-transformer.js';
import { transformerAssignmentSchema } from './transformer-assignment.js';

const language = new MadeUpLanguage(1, { words: 30, followers: 2 });
const text = {
  name: 'made-up',
  training: Buffer.from(language.text(1, 20_000)),
  heldOut: Buffer.from(language.text(2, 2000)),
  heldOutLengths: null,
};
const exponents = [-7, -6, -5, -4, -3];

async function heldOutLoss(width: number, learningRate: number): Promise<number> {
  const assignment = transformerAssignmentSchema.parse({
    ...{ sweepId: 'sweep', runId: 'run', attempt: 1, seed: 1, fidelity: 'proxy', trainer: 'transformer' },
    domains: [{ name: text.name, path: text.name, weight: 1, tokens: text.training.length }],
    parameters: {
      ...{ layers: 1, width, heads: width / 16, contextLength: 32, batchSize: 8 },
      ...{ steps: 40, warmupSteps: 4, learningRate, evaluationTokens: 2048 },
      ...{ muP: true, muPBaseWidth: 32, muPBaseHeads: 2 },
    },
  });
  let last: TrainerMessage | undefined;
  await trainTransformer(assignment, [text], {
    backend: await selectBackend('wasm'),
    onMessage: (message) => {
      last = message;
    },
    elapsedSeconds: () => 0,
  });
  return last?.type === 'result' ? last.losses[text.name]!.natsPerToken : Number.POSITIVE_INFINITY;
}

describe('muP', () => {
  it('keeps the best learning rate within a factor of 2 from width 32 to 128', { timeout: 120_000 }, async () => {
    const best: number[] = [];
    const least: number[] = [];
    for (const width of [32, 128]) {
      const losses: number[] = [];
      for (const exponent of exponents) losses.push(await heldOutLoss(width, 2 ** exponent));
      least.push(Math.min(...losses));
      best.push(losses.indexOf(least.at(-1)!));
    }
    // An optimum at an end of the grid could lie beyond it.
    for (const index of best) {
      expect(index).toBeGreaterThan(0);
      expect(index).toBeLessThan(exponents.length - 1);
    }
    expect(Math.abs(best[1]! - best[0]!)).toBeLessThanOrEqual(1);
    expect(least[1]).toBeLessThan(least[0]! - 0.1);
  });
});
