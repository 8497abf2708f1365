import { describe, expect, it } from 'vitest';
import { cancelSweep } from '../src/cancel-sweep.js';
import { retryFailed, retryRun } from '../src/retry-failed.js';
import { ServiceInMemory } from './service-in-memory.js';

const service = () => new ServiceInMemory();

/** A sweep whose design runs all succeeded and whose fit was asked for. */
async function submitAndFit(s: ServiceInMemory): Promise<string> {
  const { sweepId } = await s.submit();
  for (const assignment of await s.feed()) await s.finish(assignment);
  await s.feed();
  await s.advance();
  return sweepId;
}

describe('a sweep', () => {
  it('goes from its design runs over fit, proposal and confirmation to its conclusion', async () => {
    const s = service();
    const { sweepId } = await s.submit();
    const design = await s.feed();
    expect(design).toHaveLength(8);
    expect(new Set(design.map((assignment) => assignment.seed))).toEqual(new Set([42]));
    for (const assignment of design) expect(await s.finish(assignment)).toBe('recorded');
    expect((await s.sweep(sweepId)).state).toBe('fitting');

    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('confirming');
    const confirmation = await s.feed();
    expect(confirmation.map((assignment) => assignment.seed)).toEqual([43, 43, 43, 43, 44, 44, 44, 44, 45, 45, 45, 45]);
    for (const assignment of confirmation) await s.finish(assignment);
    await s.feed();
    await s.advance();

    const sweep = await s.sweep(sweepId);
    expect(sweep).toMatchObject({ state: 'completed', finishedAt: expect.any(Date) });
    expect(sweep.confirmation?.naturalMinusProposal?.pairs).toBe(3);
    const events = await s.context.store.eventsAfter(sweepId, 0, 1000);
    expect(events.filter((event) => event.type === 'state').map((event) => event.data.state)).toEqual([
      'running',
      'fitting',
      'confirming',
      'completed',
    ]);
  });

  it('fits the same numbers whatever the order in which the runs finished', async () => {
    const [forwards, backwards] = [service(), service()];
    for (const [s, reverse] of [
      [forwards, false],
      [backwards, true],
    ] as const) {
      await s.submit();
      const design = await s.feed();
      for (const assignment of reverse ? design.reverse() : design) await s.finish(assignment);
      await s.feed();
      await s.advance();
    }
    expect(forwards.fitRequests[0]).toEqual(backwards.fitRequests[0]);
  });

  it('fails with the reason when fewer than eight runs succeeded, and goes on when they are retried', async () => {
    const s = service();
    const { sweepId } = await s.submit();
    const [bad, ...good] = await s.feed();
    for (const assignment of good) await s.finish(assignment);
    await s.start(bad!);
    await s.report(bad!, { type: 'failed', class: 'data', message: 'domain "code" holds no text', stderrTail: '' });
    expect(await s.sweep(sweepId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('Only 7 runs') });
    expect((await s.run(bad!.runId)).reason).toBe('domain "code" holds no text');

    expect(await retryFailed(s.context, sweepId)).toBe(1);
    const [again] = await s.feed();
    expect(again).toMatchObject({ runId: bad!.runId, attempt: 2, domains: bad!.domains });
    await s.finish(again!);
    expect((await s.sweep(sweepId)).state).toBe('fitting');
  });

  it('leaves diverged runs out of the fit, counted, with their non-finite loss kept', async () => {
    const s = service();
    await s.submit({ strategy: { name: 'regmix', runs: 10 } });
    const [first, second, ...others] = await s.feed();
    await s.start(first!);
    await s.report(first!, { type: 'diverged', step: 12, trainLoss: Number.NaN, reason: 'loss is NaN' });
    await s.start(second!);
    const losses = Object.fromEntries(
      second!.domains.map(({ name }) => [name, { natsPerToken: Number.POSITIVE_INFINITY, bitsPerByte: 1 }]),
    );
    await s.report(second!, { type: 'result', losses, tokens: 1, seconds: 1 });
    for (const assignment of others) await s.finish(assignment);
    await s.feed();
    await s.advance();
    expect(await s.run(first!.runId)).toMatchObject({
      state: 'diverged',
      trainLoss: Number.NaN,
      reason: 'loss is NaN',
    });
    expect((await s.run(second!.runId)).reason).toBe('Held-out loss of web is Infinity.');
    expect(s.fitRequests[0]?.evidence.mixtures).toHaveLength(8);
  });

  it('is cancelled with all its runs; the workers that hold one are told, their results are stale', async () => {
    const s = service();
    const { sweepId } = await s.submit();
    const [held] = await s.feed(3);
    await s.start(held!);
    await cancelSweep(s.context, s.runQueue, sweepId);
    expect((await s.sweep(sweepId)).state).toBe('cancelled');
    expect(s.stopped).toHaveLength(3);
    expect(await s.report(held!, { type: 'heartbeat' })).toBe('stale');
    expect(await s.feed()).toEqual([]);
    await cancelSweep(s.context, s.runQueue, sweepId);
    await expect(retryFailed(s.context, sweepId)).rejects.toMatchObject({ code: 'state-conflict' });
  });

  it('sends a completed sweep back to its design round when a diverged design run is tried again', async () => {
    const s = service();
    const { sweepId } = await s.submit({ strategy: { name: 'regmix', runs: 9 } });
    const [bad, ...good] = await s.feed();
    await s.start(bad!);
    await s.report(bad!, { type: 'diverged', step: 1, trainLoss: 99, reason: 'loss 99 above the bound' });
    for (const assignment of good) await s.finish(assignment);
    await s.feed();
    await s.advance();
    for (const assignment of await s.feed()) await s.finish(assignment);
    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('completed');

    await retryRun(s.context, bad!.runId);
    expect(await s.sweep(sweepId)).toMatchObject({ state: 'running', proposalId: null, confirmation: null });
    const [again] = await s.feed();
    await s.finish(again!);
    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('confirming');
    expect(s.fitRequests.at(-1)?.evidence.mixtures).toHaveLength(9);
  });

  it('fails with the reason when the fit throws', async () => {
    const s = service();
    s.runner.fit = async () => Promise.reject(new Error('losses of "web" are all equal'));
    const sweepId = await submitAndFit(s);
    expect(await s.sweep(sweepId)).toMatchObject({
      state: 'failed',
      reason: 'The fit failed: losses of "web" are all equal',
    });
  });

  it('is fitted again by retry-failed when no run failed but the fit did', async () => {
    const s = service();
    const { fit } = s.runner;
    s.runner.fit = async () => Promise.reject(new Error('out of memory'));
    const sweepId = await submitAndFit(s);
    expect((await s.sweep(sweepId)).state).toBe('failed');
    s.runner.fit = fit;
    expect(await retryFailed(s.context, sweepId)).toBe(0);
    await s.feed();
    await s.advance();
    expect(await s.sweep(sweepId)).toMatchObject({ state: 'confirming', reason: null });
  });

  it('fails when the fit answers with what no database can hold', async () => {
    const s = service();
    const document = { predicted: { web: Number.NaN } };
    s.runner.propose = async () => ({ weights: {}, abstained: null, document });
    const sweepId = await submitAndFit(s);
    expect(await s.sweep(sweepId)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('The fit failed'),
    });
  });

  it('confirms three mixtures, not four, when the fit abstains', async () => {
    const s = service();
    const weights = { web: 0.6, code: 0.3, books: 0.1 };
    const abstained = 'no target has signal.';
    s.runner.propose = async () => ({ weights, abstained, document: { abstained: { reason: abstained } } });
    const sweepId = await submitAndFit(s);
    const confirmation = await s.feed();
    expect(confirmation).toHaveLength(9);
    for (const assignment of confirmation) await s.finish(assignment);
    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).confirmation?.statement).toContain('No proposal was made: no target has signal.');
  });
});
