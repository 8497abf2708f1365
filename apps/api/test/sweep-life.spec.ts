import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExportResponse, SweepResponse } from '#libs/contracts';
import { resultOf, withApi, work } from './harness.js';

const api = withApi();
let sweep: SweepResponse;
let firstStream: Promise<EventSourceMessage[]>;
let secondStream: Promise<EventSourceMessage[]>;

async function read(sweepId: string, lastEventId?: string): Promise<EventSourceMessage[]> {
  const response = await fetch(`${api.url}/v1/sweeps/${sweepId}/events`, {
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) parser.feed(decoder.decode(chunk, { stream: true }));
  return messages;
}

const withId = (messages: EventSourceMessage[]) => messages.filter(({ id }) => id !== undefined);

beforeAll(async () => {
  const corpusId = await api.corpus({ web: 3e6, code: 1e6, books: 2e6 });
  const { body } = await api.post('/v1/sweeps', {
    corpusId,
    strategy: { name: 'regmix', runs: 16 },
    baseline: { name: "last year's mix", weights: { web: 0.9, code: 0.1 } },
    fit: { model: 'linear', samples: 2000, top: 16 },
  });
  firstStream = read(body.id);
  secondStream = read(body.id);
  const diverging = new Set<string>();
  await work(
    api.queue,
    async () => {
      sweep = (await api.get(`/v1/sweeps/${body.id}`)).body;
      return ['completed', 'failed'].includes(sweep.state);
    },
    (assignment) => {
      if (assignment.attempt === 1 && diverging.size === 0) diverging.add(assignment.runId);
      return diverging.has(assignment.runId)
        ? { type: 'diverged' as const, step: 4, trainLoss: 'NaN' as const, reason: 'the loss is not finite' }
        : resultOf(assignment);
    },
  );
});

describe('a sweep that ran to its end', () => {
  it('has a fit, a proposal and a confirmation', async () => {
    expect(sweep).toMatchObject({ state: 'completed', reason: null });
    expect(sweep.progress).toMatchObject({ fraction: 1, secondsLeft: 0, runs: { diverged: 1, succeeded: 15 + 5 * 3 } });
    expect(sweep.confirmation?.naturalMinusProposal?.pairs).toBe(3);
    const fit = await api.get(`/v1/fits/${sweep.fitId}`);
    expect(fit.body).toMatchObject({ sweepId: sweep.id, runs: 15, leftOut: 1 });
    expect(Object.keys(fit.body.targets).sort()).toEqual(['books', 'code', 'web']);
    const proposal = await api.get(`/v1/proposals/${sweep.proposalId}`);
    expect(proposal.body).toMatchObject({ sweepId: sweep.id, fitId: sweep.fitId });
    const sum = Object.values(proposal.body.weights as Record<string, number>).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 9);
    expect((await api.get('/v1/fits/fit_none')).body.code).toBe('fit-not-found');
    expect((await api.get('/v1/proposals/prp_none')).body.code).toBe('proposal-not-found');
  });

  it('confirms the baseline with the others, and predicts it in its proposal', async () => {
    const { runs } = (await api.get(`/v1/sweeps/${sweep.id}/runs?role=baseline`)).body;
    expect(runs.map(({ weights }: { weights: unknown }) => weights)).toEqual(
      Array(3).fill({ web: 0.9, code: 0.1, books: 0 }),
    );
    expect(sweep.confirmation).toMatchObject({ baseline: "last year's mix", baselineMinusProposal: { pairs: 3 } });
    expect(sweep.confirmation?.statement).toContain("last year's mix");
    const { document } = (await api.get(`/v1/proposals/${sweep.proposalId}`)).body;
    expect(document.baselines.given).toMatchObject({ name: "last year's mix", violates: [] });
  });

  it('shows each run with its attempts, its losses and its curve', async () => {
    const { runs } = (await api.get(`/v1/sweeps/${sweep.id}/runs?state=succeeded&role=design`)).body;
    const run = (await api.get(`/v1/runs/${runs[0].id}`)).body;
    expect(run.attempts).toEqual([
      expect.objectContaining({ number: 1, state: 'succeeded', workerId: 'test-worker', backend: 'cpu', host: 'here' }),
    ]);
    expect(run.observation).toMatchObject({ tokens: 1000, seconds: 0.5, backend: 'cpu', parameters: 10 });
    const curve = (await api.get(`/v1/runs/${run.id}/curve`)).body;
    expect(curve.points[0]).toMatchObject({ attempt: 1, step: 5, tokens: 100, trainLoss: 3 });
    expect(Object.keys(curve.points[0].losses)).toHaveLength(3);
    for (const path of ['/v1/runs/run_none', '/v1/runs/run_none/curve']) {
      expect((await api.get(path)).body.code).toBe('run-not-found');
    }
  });

  it('shows a divergence as NaN, not as null', async () => {
    const { runs } = (await api.get(`/v1/sweeps/${sweep.id}/runs?state=diverged`)).body;
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ state: 'diverged', trainLoss: 'NaN', observation: null });
  });

  it('told its events to all who listened, in order, and then ended the stream', async () => {
    const [first, second] = await Promise.all([firstStream, secondStream]);
    const ids = withId(first).map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
    expect(withId(second).map(({ id }) => id)).toEqual(withId(first).map(({ id }) => id));
    const states = first.filter(({ event }) => event === 'state').map(({ data }) => JSON.parse(data).data.state);
    expect(states).toEqual(['running', 'fitting', 'confirming', 'completed']);
    const progress = first.filter(({ event }) => event === 'progress');
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.every(({ id }) => id === undefined)).toBe(true);
    expect(JSON.parse(progress.at(-1)!.data).data).toMatchObject({ fraction: 1, secondsLeft: 0 });
    expect(progress.some(({ data }) => JSON.parse(data).data.secondsLeft > 0)).toBe(true);
  });

  it('resumes after Last-Event-ID, and tells a client with everything not to come back', async () => {
    const all = withId(await firstStream);
    const rest = withId(await read(sweep.id, all[1]!.id));
    expect(rest.map(({ id }) => id)).toEqual(all.slice(2).map(({ id }) => id));
    const headers = { 'last-event-id': all.at(-1)!.id! };
    expect((await api.get(`/v1/sweeps/${sweep.id}/events`, headers)).status).toBe(204);
    expect((await api.get(`/v1/sweeps/${sweep.id}/events`, { 'last-event-id': 'x' })).body.code).toBe('invalid-header');
    expect((await api.get('/v1/sweeps/swp_none/events')).body.code).toBe('sweep-not-found');
  });

  it('refuses to retry a run that succeeded', async () => {
    const [succeeded] = (await api.get(`/v1/sweeps/${sweep.id}/runs?state=succeeded`)).body.runs;
    const refused = await api.post(`/v1/runs/${succeeded.id}/retry`);
    expect([refused.status, refused.body.code]).toEqual([409, 'state-conflict']);
    expect((await api.post('/v1/runs/run_none/retry')).body.code).toBe('run-not-found');
    expect((await api.post(`/v1/sweeps/${sweep.id}/retry-failed`)).body).toEqual({ retried: 0 });
  });
});

describe('exporting', () => {
  const exported = async (path: string) => (await api.get(`/v1/${path}/export?format=csv`)).body;

  it('gives the weights of the proposal, and of the sweep what its confirmation recommends', async () => {
    const { confirmation, proposalId } = sweep;
    const proposal = (await api.get(`/v1/proposals/${proposalId}`)).body;
    const own = await exported(`proposals/${proposalId}`);
    const recommended = await exported(`sweeps/${sweep.id}`);
    const weightsOf = ({ phases }: ExportResponse) =>
      Object.fromEntries(phases[0]!.domains.map(({ domain, weight }) => [domain, weight]));
    expect(own).toMatchObject({ mixture: 'proposal', proposalId, targetTokens: 6e6 });
    expect(weightsOf(own)).toEqual(proposal.weights);
    expect(recommended.mixture).toBe(confirmation!.recommended);
    expect(weightsOf(recommended)).toEqual(confirmation!.weights);
    expect([own.attention, recommended.attention].filter((sentence) => sentence !== null)).toHaveLength(
      confirmation!.recommended === 'proposal' ? 0 : 2,
    );
  });
});

describe('retrying a run that diverged', () => {
  it('opens it again, and its sweep with it', async () => {
    const [diverged] = (await api.get(`/v1/sweeps/${sweep.id}/runs?state=diverged`)).body.runs;
    const { status, body } = await api.post(`/v1/runs/${diverged.id}/retry`);
    expect(status).toBe(200);
    expect(['waiting', 'queued']).toContain(body.state);
    expect(body.attempts[0]).toMatchObject({ number: 1, state: 'diverged' });
    expect((await api.get(`/v1/sweeps/${sweep.id}`)).body).toMatchObject({ state: 'running', confirmation: null });
    await api.post(`/v1/sweeps/${sweep.id}/cancel`);
  });
});
