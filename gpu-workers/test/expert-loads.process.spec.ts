import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExpertLoad, transformerParametersSchema } from '#libs/contracts';
import { describeRouting } from '#libs/routing';
import { eventually, query, withDatabase } from '#libs/testing';
import { selectBackend } from '../src/backend/select-backend.js';
import { evaluateDomain } from '../src/trainers/transformer/evaluate.js';
import { ExpertLoads } from '../src/trainers/transformer/experts/expert-loads.js';
import { twoDomainParameters, twoDomains } from '../src/trainers/transformer/experts/two-domains.js';
import { loadTexts } from '../src/trainers/transformer/load-texts.js';
import { readTrainingState } from '../src/trainers/transformer/training-state-files.js';
import { Transformer } from '../src/trainers/transformer/transformer.js';
import type { TransformerAssignment } from '../src/trainers/transformer/transformer-assignment.js';
import { Cluster } from './cluster.js';

const database = withDatabase();
let folder: string;
let cluster: Cluster;
const corpus = twoDomains();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'expert-loads-'));
  cluster = await Cluster.start(folder, database.url, 30);
  for (const [name, documents] of Object.entries(corpus)) {
    const lines = documents.map((text) => JSON.stringify({ text }));
    writeFileSync(join(folder, 'data', `${name}.jsonl`), lines.join('\n'));
  }
});
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

const domains = Object.keys(corpus);
const weights = [0.5, 0.5];

/** The loads that the weights of a finished run's checkpoint give, counted anew on the held-out text. */
async function countFromCheckpoint(
  checkpoint: string,
  experts: object,
): Promise<{ counted: ExpertLoad[]; bias: number[] }> {
  const parameters = transformerParametersSchema.parse({ ...twoDomainParameters, experts });
  const texts = loadTexts({
    parameters,
    domains: domains.map((name) => ({
      ...{ name, path: join(folder, 'data', `${name}.jsonl`), weight: 0.5, tokens: 1000 },
    })),
  } as TransformerAssignment);
  const backend = await selectBackend('wasm');
  const model = new Transformer(backend, parameters);
  const state = readTrainingState(checkpoint, model.layout);
  model.routerBias.set(state.routerBias);
  const flat = backend.tf.tensor1d(state.parameters);
  const counted = texts.flatMap((text) => {
    const loads = new ExpertLoads(parameters);
    evaluateDomain(model, flat, text, parameters, loads);
    return loads.layers.map((load, layer) => ({ layer, domain: text.name, load }));
  });
  flat.dispose();
  model.dispose();
  counted.sort((a, b) => a.layer - b.layer || (a.domain < b.domain ? -1 : 1));
  return { counted, bias: [...state.routerBias] };
}

describe('the loads of a run with experts', () => {
  it.each([
    ['the auxiliary loss', { ...twoDomainParameters.experts, balancing: 'auxiliary' }],
    ['the loss-free bias', { ...twoDomainParameters.experts, topK: 2, shared: 1, balancing: 'loss-free' }],
  ])(
    'balanced by %s are in PostgreSQL as its final checkpoint gives them, and described over REST',
    async (_, experts) => {
      const store = join(folder, 'checkpoints');
      const { id } = await cluster.plantRun(0, {
        ...{ parameters: { ...twoDomainParameters, experts }, domains, weights },
      });
      const worker = cluster.startWorker({ CUVEE_CHECKPOINTS: store });
      await eventually(async () => {
        const { state, reason } = await cluster.run(id);
        if (reason !== null) throw new Error(`${state}: ${reason} ${JSON.stringify(worker.lines)}`);
        return state === 'succeeded';
      }, 50_000);
      worker.kill();
      await worker.ended;

      const rows = await query(
        database.url,
        `select layer, domain, load from expert_loads where run_id = '${id}' order by layer, domain`,
      );
      const { counted, bias } = await countFromCheckpoint(
        join(store, id, '1', `${twoDomainParameters.steps}-final`, 'files'),
        experts,
      );
      expect(rows).toEqual(counted);
      expect(counted.map(({ layer, domain }) => `${layer} ${domain}`)).toEqual([
        ...['0 digits', '0 letters', '1 digits', '1 letters'],
      ]);

      const detail = await cluster.detail(id);
      expect(detail.expertLoads).toEqual(counted);
      expect(detail.expertRouting).toEqual(describeRouting(counted));
      for (const { maximumViolation } of detail.expertRouting) expect(maximumViolation).toBeLessThan(0.5);
      if (experts.balancing === 'loss-free') expect(bias.some((value) => value !== 0)).toBe(true);
      else for (const layer of detail.expertRouting) expect(layer.mutualInformationBits).toBeGreaterThan(0.3);
    },
  );
});
