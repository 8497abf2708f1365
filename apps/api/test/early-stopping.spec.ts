import { beforeAll, describe, expect, it } from 'vitest';
import type { Assignment, ReportInput, SweepResponse } from '#libs/contracts';
import { resultOf, withApi } from './harness.js';

const api = withApi();
const steps = 1000;
const designSeed = 7;
let sweep: SweepResponse;
const stoppedAt = new Map<string, number>();

/** What is still to be learnt at a step stands above the final losses; a larger model's are lower. */
function lossesAt(assignment: Assignment, step: number) {
  const { losses } = resultOf(assignment);
  const above = Math.sqrt(steps / step) - 1 - (assignment.fidelity === 'large' ? 0.5 : 0);
  return Object.fromEntries(
    Object.entries(losses).map(([name, { natsPerToken }]) => [
      name,
      { natsPerToken: natsPerToken + above, bitsPerByte: (natsPerToken + above) / Math.LN2 },
    ]),
  );
}

const isStopped = ({ runId }: Assignment) => api.queue.stopped.some((key) => key.runId === runId);

/** Evaluates before and at the rung, until it is told to stop; a confirmation run is only trained. */
async function train(assignment: Assignment): Promise<void> {
  const fence = { runId: assignment.runId, attempt: assignment.attempt, workerId: 'test-worker' };
  const report = (more: object) => api.queue.report({ ...fence, ...more } as ReportInput);
  await report({ type: 'started', host: 'here' });
  const evaluated = assignment.seed === designSeed ? [100, 200, 300] : [];
  for (const step of evaluated) {
    const losses = lossesAt(assignment, step);
    await report({ type: 'progress', step, totalSteps: steps, tokens: step, trainLoss: 3, losses });
    if (!isStopped(assignment)) continue;
    stoppedAt.set(assignment.runId, step);
    // A result that was under way when it was stopped.
    await report({ ...resultOf(assignment) });
    return;
  }
  await report({ ...resultOf(assignment), losses: lossesAt(assignment, steps) });
}

beforeAll(async () => {
  const corpusId = await api.corpus({ web: 3e6, code: 1e6, books: 2e6 });
  const { body, status } = await api.post('/v1/sweeps', {
    corpusId,
    seed: designSeed,
    strategy: { name: 'regmix', runs: 18 },
    trainer: { name: 'transformer', parameters: { steps, evaluationEvery: 100, width: 16, heads: 2 } },
    fidelities: [
      { name: 'small', parameters: {} },
      { name: 'large', runs: 9, parameters: { width: 32 } },
    ],
    earlyStopping: {},
    objective: { targets: { books: 1 } },
    fit: { model: 'linear', samples: 2000, top: 16 },
    confirmation: { fidelity: 'large' },
  });
  expect(status).toBe(201);
  const end = performance.now() + 40_000;
  for (;;) {
    sweep = (await api.get(`/v1/sweeps/${body.id}`)).body;
    if (['completed', 'failed'].includes(sweep.state)) return;
    if (performance.now() > end) throw new Error(`the sweep is ${sweep.state}`);
    for (const assignment of api.queue.waiting.splice(0)) await train(assignment);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

describe('a sweep of two sizes whose bad runs are stopped early', () => {
  it('ends, with its bad runs stopped at rungs and the others trained', () => {
    expect(sweep).toMatchObject({ state: 'completed', reason: null });
    const { runs, finished } = sweep.progress;
    expect(finished).toBe(18 + 9 + 12);
    expect(runs.censored).toBeGreaterThanOrEqual(4);
    expect(stoppedAt.size).toBe(runs.censored);
    expect(new Set(stoppedAt.values())).toEqual(new Set([300]));
    const [small, large] = sweep.fidelities;
    expect([small!.name, large!.name]).toEqual(['small', 'large']);
    expect(small!.runs.succeeded + small!.runs.censored).toBe(18);
    expect(large!.runs.succeeded).toBeGreaterThanOrEqual(8);
  });

  it('shows a stopped run with where its curve led to, and its late result is not taken', async () => {
    const { runs, total } = (await api.get(`/v1/sweeps/${sweep.id}/runs?state=censored`)).body;
    expect(total).toBe(sweep.progress.runs.censored);
    const { observation, reason, id } = runs[0];
    expect(reason).toMatch(/^Stopped early at step \d+ of 1000: by .* objective would end at/);
    expect(observation.censoredAt).toBe(stoppedAt.get(id));
    const { natsPerToken, bitsPerByte, bounds } = observation.losses.books;
    expect([bounds.lower < natsPerToken, natsPerToken < bounds.upper]).toEqual([true, true]);
    expect(bitsPerByte).toBeCloseTo(natsPerToken / Math.LN2, 9);
    const detail = (await api.get(`/v1/runs/${id}`)).body;
    expect(detail.attempts).toEqual([expect.objectContaining({ state: 'stopped', message: reason })]);
    expect((await api.post(`/v1/runs/${id}/retry`)).status).toBe(409);
  });

  it('fits the small runs, learning from the stopped ones and judged on the others', async () => {
    const fit = (await api.get(`/v1/fits/${sweep.fitId}`)).body;
    const small = sweep.fidelities[0]!.runs;
    expect(fit).toMatchObject({ runs: small.succeeded, leftOut: 0 });
    expect(fit.targets.books).toMatchObject({ rows: small.succeeded, censored: small.censored });
    const again = await api.post(`/v1/sweeps/${sweep.id}/fits`, { model: 'linear' });
    expect(again.status).toBe(202);
  });

  it('lists the runs of one size, and refuses a size that it does not have', async () => {
    const { body } = await api.get(`/v1/sweeps/${sweep.id}/runs?fidelity=large&role=design`);
    expect([body.total, new Set(body.runs.map((run: { fidelity: string }) => run.fidelity))]).toEqual([
      9,
      new Set(['large']),
    ]);
    const wrong = await api.get(`/v1/sweeps/${sweep.id}/runs?fidelity=huge`);
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([422, 'fidelity']);
  });

  it('says whether the order of mixtures holds at the larger size, and confirms there', async () => {
    const { transfers } = (await api.get(`/v1/sweeps/${sweep.id}/transfer`)).body;
    expect(transfers).toMatchObject([{ from: 'small', fidelity: 'large' }]);
    expect(Object.keys(transfers[0].targets)).toEqual(['web', 'code', 'books']);
    expect(sweep.confirmation).toMatchObject({ fidelity: 'large', naturalMinusProposal: { pairs: 3 } });
    const { runs } = (await api.get(`/v1/sweeps/${sweep.id}/runs?role=proposal`)).body;
    expect(runs.map((run: { fidelity: string }) => run.fidelity)).toEqual(['large', 'large', 'large']);
    expect((await api.get('/v1/sweeps/swp_none/transfer')).body.code).toBe('sweep-not-found');
  });
});
