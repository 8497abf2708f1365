import { describe, expect, it } from 'vitest';
import type { Assignment, CreateSweepInput } from '#libs/contracts';
import { runCost } from '#libs/proxy-models';
import { describeRun } from '../src/views/describe-run.js';
import { describeSweep } from '../src/views/describe-sweep.js';
import { resultOf, ServiceInMemory } from './service-in-memory.js';

const steps = 1000;
const base: Partial<CreateSweepInput> = {
  strategy: { name: 'regmix', runs: 24 },
  trainer: { name: 'transformer', parameters: { steps, evaluationEvery: 100 } },
  earlyStopping: {},
};

/** The final losses, and above them what is still to be learnt at a step. */
function lossesAt(assignment: Assignment, step: number, worse = 0) {
  const above = 2 * (Math.sqrt(steps / step) - 1);
  return Object.fromEntries(
    Object.entries(resultOf(assignment).losses).map(([name, { natsPerToken }]) => [
      name,
      { natsPerToken: natsPerToken + above + worse, bitsPerByte: null },
    ]),
  );
}

function progress(assignment: Assignment, step: number, worse = 0) {
  const losses = lossesAt(assignment, step, worse);
  return { type: 'progress', step, totalSteps: steps, tokens: 64 * step, trainLoss: 3, losses };
}

/** Trains a run to its end unless it is stopped on the way; says at which step it was. */
async function train(s: ServiceInMemory, assignment: Assignment, worse = 0): Promise<number | null> {
  await s.start(assignment);
  for (let step = 100; step < steps; step += 100) {
    if ((await s.report(assignment, progress(assignment, step, worse))) === 'stopped') return step;
  }
  const losses = lossesAt(assignment, steps, worse);
  expect(await s.report(assignment, { ...resultOf(assignment), losses })).toBe('recorded');
  return null;
}

describe('early stopping', () => {
  it('ends bad runs at a rung, keeps where they would have led to, and fits with them', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit(base);
    const design = await s.feed();
    const ends: (number | null)[] = [];
    // Every other run is far worse than its mixture alone would make it.
    for (const [i, assignment] of design.entries()) ends.push(await train(s, assignment, i % 2));
    const stopped = design.filter((_, i) => ends[i] !== null);
    expect(stopped.length).toBeGreaterThanOrEqual(6);
    expect(design.filter((_, i) => ends[i] !== null && i % 2 === 0)).toEqual([]);
    expect(new Set(ends.filter((step) => step !== null))).toEqual(new Set([300]));

    const assignment = stopped[0]!;
    const run = await describeRun(s.context, assignment.runId);
    expect(run).toMatchObject({ state: 'censored', step: 300, reason: expect.stringContaining('at step 300 of 1000') });
    expect(run.attempts).toEqual([expect.objectContaining({ number: 1, state: 'stopped', message: run.reason })]);
    expect(run.observation).toMatchObject({ censoredAt: 300, tokens: 19_200, seconds: 0 });
    const { flops, parameters, tokens } = runCost(assignment.trainer);
    expect(run.observation).toMatchObject({ parameters, flops: (flops! * 19_200) / tokens! });
    for (const [name, { natsPerToken }] of Object.entries(lossesAt(assignment, steps, 1))) {
      const { natsPerToken: led, bounds } = run.observation!.losses[name]!;
      expect(Math.abs(Number(led) - natsPerToken)).toBeLessThan(0.3);
      expect([bounds!.lower <= natsPerToken, bounds!.upper >= natsPerToken]).toEqual([true, true]);
    }

    const { progress: shown, fidelities } = await describeSweep(s.context, await s.sweep(sweepId));
    expect(shown).toMatchObject({ finished: 24, runs: { censored: stopped.length, succeeded: 24 - stopped.length } });
    expect(fidelities).toMatchObject([{ name: 'proxy', runs: { censored: stopped.length } }]);

    await s.feed();
    await s.advance();
    const { evidence } = s.fitRequests[0]!;
    expect(evidence.mixtures).toHaveLength(24 - stopped.length);
    expect(evidence.censored.mixtures).toHaveLength(stopped.length);
    expect(evidence.censored.bounds.web!.lower).toHaveLength(stopped.length);
    const fit = (await s.context.store.listFits(sweepId))[0]!;
    expect(fit).toMatchObject({ state: 'succeeded', runs: 24 - stopped.length, leftOut: 0 });
    const confirmation = await s.feed();
    expect(confirmation).toHaveLength(12);
    for (const arm of confirmation) expect(await train(s, arm, 5)).toBeNull();
    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('completed');
  });

  it('takes no result of a run that was stopped, and does not judge a point twice', async () => {
    const s = new ServiceInMemory();
    await s.submit(base);
    const [bad, ...others] = await s.feed();
    for (const assignment of others.slice(0, 12)) await train(s, assignment);
    await s.start(bad!);
    expect(await s.report(bad!, progress(bad!, 200, 2))).toBe('recorded');
    const point = progress(bad!, 300, 2);
    expect(await s.report(bad!, point, 'another worker')).toBe('stale');
    expect(await s.report(bad!, point)).toBe('stopped');
    expect(await s.report(bad!, point)).toBe('stale');
    expect(await s.report(bad!, resultOf(bad!))).toBe('stale');
    expect(await s.report(bad!, { type: 'released', reason: 'it was told to stop' })).toBe('stale');
    expect(await s.run(bad!.runId)).toMatchObject({ state: 'censored', attempt: 1 });
  });

  it('judges a run that resumed after its rung by what it measured there, and not at steps between rungs', async () => {
    const s = new ServiceInMemory();
    await s.submit(base);
    const [bad, ...others] = await s.feed();
    await s.start(bad!);
    for (const step of [100, 200, 300]) expect(await s.report(bad!, progress(bad!, step, 2))).toBe('recorded');
    for (const assignment of others.slice(0, 12)) await train(s, assignment);
    expect(await s.report(bad!, progress(bad!, 400, 2))).toBe('recorded');
    await s.report(bad!, { type: 'released', reason: 'the worker was told to go' });
    const [again] = (await s.feed()).filter(({ runId }) => runId === bad!.runId);
    await s.start(again!);
    await s.report(again!, { type: 'resumed', step: 400 });
    expect(await s.report(again!, progress(again!, 500, 2))).toBe('stopped');
    const observation = (await s.context.store.listObservations([bad!.runId]))[0]!;
    expect(observation).toMatchObject({ attempt: 2, censoredAt: 500, tokens: 32_000 });
  });

  it('leaves as many runs as a fit needs, however bad the others are', async () => {
    const s = new ServiceInMemory();
    await s.submit({
      ...base,
      strategy: { name: 'regmix', runs: 12 },
      earlyStopping: { minimumRuns: 3, reduction: 10 },
    });
    const design = await s.feed();
    const ends: (number | null)[] = [];
    for (const [i, assignment] of design.entries()) ends.push(await train(s, assignment, i));
    expect(ends.filter((step) => step !== null)).toHaveLength(4);
  });

  it('judges by the objective of the sweep, and none before enough runs came to the rung', async () => {
    const s = new ServiceInMemory();
    await s.submit({ ...base, objective: { targets: { web: 1 } } });
    const [first, bad, ...others] = await s.feed();
    expect(await train(s, first!, 3)).toBeNull();
    for (const assignment of others.slice(0, 12)) await train(s, assignment);
    await s.start(bad!);
    const elsewhere = progress(bad!, 300);
    elsewhere.losses.code = { natsPerToken: 90, bitsPerByte: null };
    expect(await s.report(bad!, elsewhere)).toBe('recorded');
  });

  it('stops nothing in a sweep that does not ask for it', async () => {
    const s = new ServiceInMemory();
    await s.submit({ ...base, earlyStopping: undefined });
    for (const [i, assignment] of (await s.feed()).entries()) expect(await train(s, assignment, i)).toBeNull();
  });
});

describe('submitting a sweep with early stopping', () => {
  it('sets the evaluations that it needs, and says so', async () => {
    const s = new ServiceInMemory();
    const { sweepId, notes } = await s.submit({
      earlyStopping: {},
      trainer: { name: 'transformer', parameters: { steps: 400 } },
    });
    expect(notes).toContain('earlyStopping needs evaluations: they were set to every 20 steps');
    expect(notes).toContain('earlyStopping stops none of 8 runs: 8 are always left');
    const { trainer, fidelities } = (await s.sweep(sweepId)).specification;
    expect(trainer?.parameters).toMatchObject({ evaluationEvery: 20 });
    expect(fidelities[0]!.trainer).toEqual(trainer);
    expect((await s.feed())[0]!.trainer.parameters).toMatchObject({ evaluationEvery: 20 });
  });

  it('refuses evaluations that miss every rung, naming the field', async () => {
    const s = new ServiceInMemory();
    const trainer = { name: 'transformer', parameters: { steps: 400, evaluationEvery: 350 } } as const;
    const submitted = s.submit({ earlyStopping: { firstRung: 0.9 }, trainer });
    await expect(submitted).rejects.toMatchObject({
      fields: [{ field: 'trainer.parameters.evaluationEvery', message: expect.stringContaining('every 350 steps') }],
    });
  });

  it("says what it judges a user's program by", async () => {
    const s = new ServiceInMemory();
    const { notes } = await s.submit({ earlyStopping: {}, trainer: { name: 'mine', parameters: {} } });
    expect(notes).toContain('earlyStopping judges mine by the losses in its progress messages');
  });
});
