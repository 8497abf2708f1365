import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { defaultRetries } from '#libs/contracts';
import { describeFit } from '#libs/sweeps';
import { withDatabase } from '#libs/testing';
import { createStore } from './index.js';

const database = withDatabase();
const folder = new URL('../../../prisma/migrations/', import.meta.url);
const firstChange = '20261122190000_imports_and_refits';

const specification = {
  seed: 1,
  strategy: { name: 'regmix', runs: 8 },
  trainer: { name: 'transformer', parameters: { layers: 2 } },
};

/** A sweep with its fit and proposal, as the first version wrote them. */
const before = `
  INSERT INTO corpora VALUES ('c1', 'mine', 1, 'h', now());
  INSERT INTO corpus_domains (corpus_id, position, name, source, tokens)
    VALUES ('c1', 1, 'code', 'code.txt', 5), ('c1', 0, 'web', 'web.txt', 7);
  INSERT INTO sweeps (id, name, state, corpus_id, specification, prior, fit_id, proposal_id, created_at)
    VALUES ('s1', 'old', 'completed', 'c1', '${JSON.stringify(specification)}', '[0.6, 0.4]', 'f1', 'p1', now());
  INSERT INTO rounds VALUES ('r1', 's1', 0, 'design');
  INSERT INTO runs (id, sweep_id, round_id, index, role, weights, seed, state, failures, max_attempts)
    VALUES ('run1', 's1', 'r1', 0, 'design', '[0.5, 0.5]', 1, 'succeeded', 2, 3),
      ('run2', 's1', 'r1', 1, 'design', '[0.5, 0.5]', 1, 'succeeded', 0, 3);
  INSERT INTO observations (run_id, attempt, tokens, seconds, recorded_at) VALUES ('run1', 1, 10, 0.5, now());
  INSERT INTO observation_losses VALUES ('run1', 'web', 'NaN', 'Infinity');
  INSERT INTO fits (id, sweep_id, model, seed, runs, left_out, inputs_hash, code_version, targets, created_at)
    VALUES ('f1', 's1', 'linear', 1, 8, 0, 'i', '0.1', '{"web": {"rows": 8}}', now());
  INSERT INTO proposals VALUES ('p1', 's1', 'f1', 'h', '{"web": 1}', '{"weights": {"web": 1}}', now());`;

it('what the first version wrote is read after all later migrations', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
    const apply = async (name: string) =>
      client.query(await readFile(new URL(`${name}/migration.sql`, folder), 'utf8'));
    for (const name of names.filter((other) => other < firstChange)) await apply(name);
    await client.query(before);
    for (const name of names.filter((other) => other >= firstChange)) await apply(name);
  } finally {
    await client.end();
  }
  const { store, close } = createStore({ databaseUrl: database.url });
  try {
    expect(await store.findSweep('s1')).toMatchObject({
      targets: ['web', 'code'],
      fitId: 'f1',
      specification: {
        ...specification,
        fidelities: [{ name: 'proxy', runs: 8, trainer: specification.trainer }],
        checkpoints: { everySteps: 0, keepFinal: false },
        retries: defaultRetries,
      },
    });
    expect((await store.findCorpus('c1'))?.domains).toMatchObject([{ name: 'web', tokens: 7 }, { name: 'code' }]);
    expect((await store.listRuns('s1', { offset: 0, limit: 9 })).runs).toMatchObject([
      { id: 'run1', label: null, failures: { internal: 2 }, fidelity: 0 },
      { id: 'run2', failures: {} },
    ]);
    const [observation] = await store.listObservations(['run1']);
    expect(observation!.losses).toEqual({ web: { natsPerToken: Number.NaN, bitsPerByte: Number.POSITIVE_INFINITY } });
    const [fit] = await store.listFits('s1');
    expect(describeFit(fit!)).toMatchObject({
      state: 'succeeded',
      refit: false,
      folds: 5,
      unfitted: {},
      finishedAt: null,
    });
    expect(await store.fitModels('f1')).toEqual([]);
    expect(await store.openFits('s1')).toEqual([]);
    expect(await store.unattendedFits(new Date())).toEqual([]);
    expect(await store.listProposals('s1')).toHaveLength(1);
  } finally {
    await close();
  }
});
