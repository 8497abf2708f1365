import { describe, expect, it } from 'vitest';
import type { Assignment, CreateSweepInput } from '#libs/contracts';
import { requestFit } from '../src/fits/request-fit.js';
import { describeRuns } from '../src/views/describe-run.js';
import { describeSweep } from '../src/views/describe-sweep.js';
import { describeTransfers } from '../src/views/describe-transfer.js';
import { resultOf, ServiceInMemory } from './service-in-memory.js';

const sizes: Partial<CreateSweepInput> = {
  strategy: { name: 'regmix', runs: 12 },
  trainer: { name: 'transformer', parameters: { width: 16, heads: 2, steps: 100 } },
  fidelities: [
    { name: 'small', parameters: {} },
    { name: 'large', runs: 10, parameters: { width: 32 } },
  ],
};

/** At the larger size everything is learnt better, and on "books" the order is turned round. */
function resultAt(assignment: Assignment) {
  const { losses, ...rest } = resultOf(assignment);
  if (assignment.fidelity === 'small') return { losses, ...rest };
  const turned = Object.entries(losses).map(([name, { natsPerToken }]) => [
    name,
    { natsPerToken: name === 'books' ? 5 - natsPerToken : natsPerToken - 1, bitsPerByte: null },
  ]);
  return { ...rest, losses: Object.fromEntries(turned) };
}

async function finish(s: ServiceInMemory, assignment: Assignment): Promise<void> {
  await s.start(assignment);
  expect(await s.report(assignment, resultAt(assignment))).toBe('recorded');
}

describe('a sweep over two sizes', () => {
  it('is fitted on the first size alone, and shows whether its order holds at the other', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit({ ...sizes, objective: { targets: { web: 1 } } });
    const design = await s.feed();
    expect(design).toHaveLength(22);
    const large = design.filter(({ fidelity }) => fidelity === 'large');
    const small = design.filter(({ fidelity }) => fidelity === 'small');
    expect(large.map(({ domains }) => domains)).toEqual(small.slice(0, 10).map(({ domains }) => domains));
    for (const assignment of small) await finish(s, assignment);
    for (const assignment of large.slice(0, 7)) await finish(s, assignment);
    const early = await describeTransfers(s.context, sweepId);
    expect(early.transfers).toMatchObject([
      { fidelity: 'large', from: 'small', mixtures: 7, objective: { spearman: null, lower90: null } },
    ]);
    expect(early.transfers[0]!.statement).toContain('7 mixtures are trained to the end at both, and 8 are needed.');
    for (const assignment of large.slice(7)) await finish(s, assignment);

    const [transfer] = (await describeTransfers(s.context, sweepId)).transfers;
    expect(transfer).toMatchObject({ mixtures: 10, objective: { spearman: 1, upper90: 1 } });
    expect(transfer!.targets.books!.spearman).toBeCloseTo(-1, 12);
    expect(transfer!.targets.books!.upper90!).toBeLessThan(-0.5);
    expect(transfer!.statement).toContain('The order of mixtures at small holds at large (rank correlation 1.00');

    const shown = await describeSweep(s.context, await s.sweep(sweepId));
    expect(shown.fidelities).toMatchObject([
      { name: 'small', runs: { succeeded: 12 } },
      { name: 'large', runs: { succeeded: 10, waiting: 0 } },
    ]);
    const page = await describeRuns(s.context, sweepId, { fidelity: 'large', offset: 0, limit: 3 });
    expect([page.total, page.runs.map(({ fidelity }) => fidelity)]).toEqual([10, ['large', 'large', 'large']]);
    const unknown = describeRuns(s.context, sweepId, { fidelity: 'huge', offset: 0, limit: 3 });
    await expect(unknown).rejects.toMatchObject({ fields: [{ field: 'fidelity' }] });

    await s.feed();
    await s.advance();
    expect(s.fitRequests[0]!.evidence.mixtures).toHaveLength(12);
    expect((await s.feed()).map(({ fidelity }) => fidelity)).toEqual(Array(12).fill('small'));
  });

  it('counts runs of the first size alone towards a fit', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit(sizes);
    const design = await s.feed();
    for (const [i, assignment] of design.entries()) {
      if (assignment.fidelity === 'large' || i < 7) await finish(s, assignment);
      else {
        await s.start(assignment);
        await s.report(assignment, { type: 'diverged', step: 5, trainLoss: Number.NaN, reason: 'the loss is NaN' });
      }
    }
    const sweep = await s.sweep(sweepId);
    expect(sweep).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('Only 7 runs succeeded, 0 failed'),
    });
    await expect(requestFit(s.context, sweepId, {})).rejects.toThrow(/has 7 succeeded runs/);
  });

  it('confirms at the size that is asked for, and says that the predictions are not of it', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit({ ...sizes, confirmation: { fidelity: 'large' } });
    for (const assignment of await s.feed()) await finish(s, assignment);
    await s.feed();
    await s.advance();
    const confirmation = await s.feed();
    expect(confirmation.map(({ fidelity }) => fidelity)).toEqual(Array(12).fill('large'));
    expect(confirmation[0]!.trainer.parameters).toMatchObject({ width: 32 });
    for (const assignment of confirmation) await finish(s, assignment);
    await s.feed();
    await s.advance();
    const { state, confirmation: conclusion } = await s.sweep(sweepId);
    expect([state, conclusion?.fidelity]).toEqual(['completed', 'large']);
    expect(conclusion?.statement).toContain("Measured at large, another size than the fit's");
    // Runs of the confirmation are no part of the design.
    expect((await describeTransfers(s.context, sweepId)).transfers[0]!.mixtures).toBe(10);
  });

  it('refuses a confirmation at a size that it does not have', async () => {
    const s = new ServiceInMemory();
    const submitted = s.submit({ ...sizes, confirmation: { fidelity: 'huge' } });
    await expect(submitted).rejects.toMatchObject({
      fields: [{ field: 'confirmation.fidelity', message: 'must be one of small, large, got huge' }],
    });
  });

  it('has nothing to compare where there is one size', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit();
    expect(await describeTransfers(s.context, sweepId)).toEqual({ transfers: [] });
  });
});
