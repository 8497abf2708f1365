import { existsSync, readFileSync } from 'node:fs';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRunTables } from '#libs/run-tables';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { fitTargets } from '#libs/surrogates';
import { withApi } from './harness.js';

const api = withApi();
const domains = ['web', 'code', 'books'];
const random = createRandom(3);
const runs = Array.from({ length: 32 }, (_, r) => {
  const [web, code, books] = Array.from(sampleDirichlet(random, [2, 2, 2])) as [number, number, number];
  const losses = {
    web: 3 - 0.8 * Math.sqrt(web) + 0.002 * random.uniform(),
    code_eval: 2 - 0.5 * Math.sqrt(code) + 0.1 * books + 0.002 * random.uniform(),
  };
  return { id: r, weights: { web, code, books }, losses };
});
const targetRuns = runs.map(({ losses, ...run }) => ({
  ...run,
  losses: { web_loss: losses.web, code_eval: losses.code_eval },
}));
/** What these tests ask of a first proposal is that there is one. */
const quick = { fit: { model: 'linear', samples: 1000, top: 10 }, optimiser: 'simulate' };
let sweepId: string;
let fitId: string;

async function until<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  const end = performance.now() + 40_000;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (performance.now() > end) throw new Error(`not in time: ${JSON.stringify(value).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const sweepIs = (id: string, ...states: string[]) =>
  until(
    async () => (await api.get(`/v1/sweeps/${id}`)).body,
    ({ state }) => states.includes(state),
  );
const fitIs = (id: string, ...states: string[]) =>
  until(
    async () => (await api.get(`/v1/fits/${id}`)).body,
    ({ state }) => states.includes(state),
  );

/** Runs, and a fit of them that takes longer than `until` waits. */
const slow = { model: 'auto', folds: 20 };
const slowRuns = Array.from({ length: 900 }, (_, r) => {
  const weights = Array.from(sampleDirichlet(random, new Array(12).fill(1)));
  return {
    id: r,
    weights: Object.fromEntries(weights.map((weight, i) => [`d${i}`, weight])),
    losses: { loss: 3 - Math.sqrt(weights[0]!), other: 2 + weights[1]! },
  };
});

beforeAll(async () => {
  const { body } = await api.post('/v1/sweeps/import', { runs: targetRuns, ...quick });
  sweepId = body.id;
  fitId = (await sweepIs(sweepId, 'completed', 'failed')).fitId;
});

describe('what if', () => {
  const asked = [{ web: 0.2, code: 0.3, books: 0.5 }, { web: 1 }, runs[4]!.weights];

  it('says what the library says of the same fit, with intervals and the distance to the samples', async () => {
    const { status, body } = await api.post(`/v1/fits/${fitId}/predict`, { mixtures: asked });
    expect(status).toBe(200);
    expect(body).toMatchObject({ fitId, model: 'linear' });
    const mixtures = runs.map(({ weights }) => Object.values(weights));
    const losses = {
      web_loss: targetRuns.map((run) => run.losses.web_loss),
      code_eval: targetRuns.map((run) => run.losses.code_eval),
    };
    const { fits: offline } = fitTargets(mixtures, losses, { model: 'linear', seed: 42, folds: 5 });
    const rows = asked.map((weights: Record<string, number>) => domains.map((name) => weights[name] ?? 0));
    for (const [target, fitted] of Object.entries(offline)) {
      const expected = fitted.predict(rows);
      rows.forEach((_, r) => {
        const said = body.predictions[r].targets[target];
        expect(said.mean).toBeCloseTo(expected.mean[r]!, 12);
        expect(said.standardError).toBeCloseTo(expected.standardError[r]!, 12);
        expect(said.lower90).toBeCloseTo(expected.lower90![r]!, 12);
        expect(said.upper90).toBeCloseTo(expected.upper90![r]!, 12);
        expect(said.signal).toBe(true);
      });
    }
    const [inside, corner, sampled] = body.predictions;
    expect(sampled.extrapolation).toMatchObject({ distance: 0, outside: false, nearestRun: '4' });
    expect(corner.extrapolation.outside).toBe(corner.extrapolation.distance > corner.extrapolation.limit);
    expect(corner.extrapolation.distance).toBeGreaterThan(inside.extrapolation.distance);
    expect(corner.weights).toEqual({ web: 1, code: 0, books: 0 });
  });

  it('answers in less than 100 ms once the fit is loaded', async () => {
    await api.post(`/v1/fits/${fitId}/predict`, { mixtures: asked });
    const times: number[] = [];
    for (let k = 0; k < 20; k++) {
      const began = performance.now();
      await api.post(`/v1/fits/${fitId}/predict`, { mixtures: asked });
      times.push(performance.now() - began);
    }
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(100);
  });

  it.each<[string, unknown, string, RegExp]>([
    ['an unknown domain', [{ web: 0.5, wiki: 0.5 }], 'mixtures.0.wiki', /unknown domain "wiki"; the fit has web, code/],
    ['a sum of 0.8', [{ web: 1 }, { web: 0.5, code: 0.3 }], 'mixtures.1', /0\.8/],
    ['a negative weight', [{ web: 1.1, code: -0.1 }], 'mixtures.0.web', /<=1; got 1\.1/],
    ['nothing', [], 'mixtures', /at least one mixture/],
  ])('refuses %s', async (_what, mixtures, field, message) => {
    const { status, body } = await api.post(`/v1/fits/${fitId}/predict`, { mixtures });
    expect(status).toBe(422);
    const found = body.errors.find((error: { field: string }) => error.field === field);
    expect(found?.message).toMatch(message);
  });

  it('needs a fit that succeeded', async () => {
    const answer = await api.post('/v1/fits/fit_none/predict', { mixtures: asked });
    expect([answer.status, answer.body.code]).toEqual([404, 'fit-not-found']);
  });
});

describe('another proposal', () => {
  it('is made from the fit that exists, for another objective and other constraints', async () => {
    const { status, body, headers } = await api.post(`/v1/fits/${fitId}/proposals`, {
      objective: { targets: { code_eval: 1 } },
      constraints: { minimums: { books: 0.25 } },
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/proposals/${body.id}`);
    expect(body).toMatchObject({ sweepId, fitId });
    expect(body.document.objective.targets).toEqual({ code_eval: 1 });
    expect(body.weights.books).toBeGreaterThanOrEqual(0.25 - 1e-9);
    expect(body.weights.code).toBeGreaterThan(body.weights.web);
    expect((await api.get(`/v1/proposals/${body.id}`)).body).toEqual(body);
    const { proposals } = (await api.get(`/v1/sweeps/${sweepId}/proposals`)).body;
    expect(proposals.at(-1)).toMatchObject({ id: body.id, objective: { targets: { code_eval: 1 } }, abstained: false });
    expect((await api.get(`/v1/sweeps/${sweepId}`)).body.proposalId).toBe(proposals[0].id);
  });

  it('is made from a sweep too, the same one for the same request', async () => {
    const asked = { optimiser: 'simulate', samples: 2000, top: 16, seed: 5 };
    const [a, b] = [
      await api.post(`/v1/sweeps/${sweepId}/proposals`, asked),
      await api.post(`/v1/sweeps/${sweepId}/proposals`, asked),
    ];
    expect([a.status, b.status]).toEqual([201, 201]);
    expect(b.body.hash).toBe(a.body.hash);
    expect(b.body.id).not.toBe(a.body.id);
  });

  it.each<[object, string, RegExp]>([
    [{ objective: { targets: { wiki: 1 } } }, 'objective.targets.wiki', /web_loss, code_eval/],
    [{ constraints: { caps: { web: 0.1, code: 0.1, books: 0.1 } } }, 'constraints', /no mixture satisfies the caps/],
    [{ optimiser: 'magic' }, 'optimiser', /got "magic"/],
    [{ pareto: { groups: { one: { web_loss: 1 } } } }, 'pareto.groups', /at least two groups/],
    [{ samples: 2000, top: 5000 }, 'top', /must not exceed samples/],
  ])('refuses %j', async (body, field, message) => {
    const answer = await api.post(`/v1/fits/${fitId}/proposals`, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].field).toBe(field);
    expect(answer.body.errors[0].message).toMatch(message);
  });
});

describe('another fit', () => {
  it('is made beside the one of the sweep, and tells how far it is', async () => {
    const { status, body } = await api.post(`/v1/sweeps/${sweepId}/fits`, { model: 'gbdt', folds: 3, seed: 9 });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      sweepId,
      refit: true,
      model: 'gbdt',
      folds: 3,
      seed: 9,
      targets: {},
      inputsHash: null,
    });
    expect(['queued', 'running']).toContain(body.state);
    const messages: EventSourceMessage[] = [];
    const stream = await fetch(`${api.url}/v1/sweeps/${sweepId}/events`);
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    const decoder = new TextDecoder();
    for await (const chunk of stream.body!) parser.feed(decoder.decode(chunk, { stream: true }));
    const told = messages
      .filter(({ event }) => event === 'fit')
      .map(({ data }) => JSON.parse(data).data)
      .filter((data) => data.fitId === body.id);
    expect(told.map(({ state }) => state)).toEqual(expect.arrayContaining(['queued', 'running', 'succeeded']));
    const made = (await api.get(`/v1/fits/${body.id}`)).body;
    expect(made).toMatchObject({ state: 'succeeded', runs: 32, progress: null });
    expect(made.startedAt <= made.finishedAt).toBe(true);
    const { fits } = (await api.get(`/v1/sweeps/${sweepId}/fits`)).body;
    expect(fits.map(({ id }: { id: string }) => id)).toEqual([fitId, body.id]);
    const sweep = (await api.get(`/v1/sweeps/${sweepId}`)).body;
    expect(sweep).toMatchObject({ fitId, state: 'completed' });
    const { proposals } = (await api.get(`/v1/sweeps/${sweepId}/proposals`)).body;
    expect(proposals.filter((proposal: { fitId: string }) => proposal.fitId === body.id)).toHaveLength(1);
  });

  it('can be cancelled while it is made: its threads end, and nothing of it is kept', async () => {
    const imported = await api.post('/v1/sweeps/import', { runs: slowRuns, ...quick });
    const sweep = await sweepIs(imported.body.id, 'completed', 'failed');
    const { body } = await api.post(`/v1/sweeps/${sweep.id}/fits`, slow);
    const running = await until(
      async () => (await api.get(`/v1/fits/${body.id}`)).body,
      ({ progress }) => (progress?.doing.length ?? 0) > 0,
    );
    expect(running).toMatchObject({ state: 'running', progress: { phase: 'fit', total: 2 } });
    expect(running.progress.doing[0]).toMatch(/^(loss|other): /);
    const cancelled = await api.post(`/v1/fits/${body.id}/cancel`);
    expect(cancelled.body).toMatchObject({ state: 'cancelled', progress: null });
    expect((await api.post(`/v1/fits/${body.id}/cancel`)).status).toBe(200);
    // The queue of fits is free again: the next one is made.
    const next = await api.post(`/v1/sweeps/${sweepId}/fits`, { model: 'linear' });
    await fitIs(next.body.id, 'succeeded');
    expect((await api.get(`/v1/sweeps/${sweep.id}/proposals`)).body.proposals).toHaveLength(1);
    expect((await api.post(`/v1/fits/${body.id}/predict`, { mixtures: [{ d0: 1 }] })).body.code).toBe('fit-not-ready');
    expect((await api.post(`/v1/fits/${next.body.id}/cancel`)).body.code).toBe('state-conflict');
  });

  it('ends with the sweep that waits for it', async () => {
    const imported = await api.post('/v1/sweeps/import', { runs: slowRuns, fit: slow });
    const { id } = imported.body;
    const {
      fits: [own],
    } = await until(
      async () => (await api.get(`/v1/sweeps/${id}/fits`)).body,
      ({ fits }) => fits[0]?.state === 'running',
    );
    const alone = await api.post(`/v1/fits/${own.id}/cancel`);
    expect([alone.status, alone.body.code]).toEqual([409, 'state-conflict']);
    expect((await api.post(`/v1/sweeps/${id}/cancel`)).body.state).toBe('cancelled');
    expect((await api.get(`/v1/fits/${own.id}`)).body.state).toBe('cancelled');
    const next = await api.post(`/v1/sweeps/${sweepId}/fits`, { model: 'linear' });
    await fitIs(next.body.id, 'succeeded');
  });

  it('needs a sweep with runs', async () => {
    expect((await api.post('/v1/sweeps/swp_none/fits', {})).body.code).toBe('sweep-not-found');
    const corpusId = await api.corpus();
    const { body } = await api.post('/v1/sweeps', { corpusId, strategy: { name: 'regmix', runs: 8 } });
    const early = await api.post(`/v1/sweeps/${body.id}/fits`, {});
    expect([early.status, early.body.code]).toEqual([409, 'state-conflict']);
    expect(early.body.detail).toMatch(/0 succeeded runs/);
    expect((await api.post(`/v1/sweeps/${body.id}/proposals`, {})).body.code).toBe('fit-not-ready');
    await api.post(`/v1/sweeps/${body.id}/cancel`);
  });
});

describe("RegMix's published runs", () => {
  const folder = new URL('../../../../shared/data/regmix/', import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const absent = !existsSync(folder) && 'needs ../shared/data/regmix';

  it.skipIf(absent)('come in as they are published, and what-if agrees with the library', async () => {
    const few = (text: string) => text.split('\n').slice(0, 97).join('\n');
    const pair = { weights: few(read('train_mixture_1m.csv')), losses: few(read('train_pile_loss_1m.csv')) };
    const { status, body } = await api.post('/v1/sweeps/import', {
      ...pair,
      ...quick,
      prior: JSON.parse(read('pile_token_prior.json')),
    });
    expect(status).toBe(201);
    expect(body.targets).toHaveLength(13);
    const sweep = await sweepIs(body.id, 'completed', 'failed');
    expect(sweep).toMatchObject({ state: 'completed', progress: { runs: { succeeded: 96 } } });
    const table = readRunTables({
      weights: { label: 'weights', text: pair.weights },
      losses: { label: 'losses', text: pair.losses },
    });
    const [target] = Object.keys(table.losses);
    const { fits: offline } = fitTargets(
      table.mixtures,
      { [target!]: table.losses[target!]! },
      { model: 'linear', seed: 42 },
    );
    const mixture = Object.fromEntries(table.domains.map((name, i) => [name, table.mixtures[5]![i]!]));
    const said = (await api.post(`/v1/fits/${sweep.fitId}/predict`, { mixtures: [mixture] })).body.predictions[0];
    const expected = offline[target!]!.predict([table.mixtures[5]!]);
    expect(said.targets[target!].mean).toBeCloseTo(expected.mean[0]!, 10);
    expect(said.targets[target!].lower90).toBeCloseTo(expected.lower90![0]!, 10);
    expect(said.extrapolation.distance).toBeCloseTo(0, 10);
    const many = await api.post(`/v1/fits/${sweep.fitId}/predict`, { mixtures: new Array(4000).fill(mixture) });
    expect([many.status, many.body.code]).toEqual([422, 'too-many-mixtures']);
    expect(many.body.detail).toMatch(/at most 3846 with 13 targets/);
  });
});
