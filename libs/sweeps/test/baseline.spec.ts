import { describe, expect, it } from 'vitest';
import { designSweep } from '../src/design-sweep.js';
import { proposalSettings } from '../src/fits/fit-task.js';
import { progressOf } from '../src/views/progress.js';
import { importSettings, importSweep } from './import-in-memory.js';
import { ServiceInMemory } from './service-in-memory.js';

const baseline = { name: "last year's mix", weights: { web: 0.75, code: 0.25 } };

async function confirmed(s: ServiceInMemory, overrides: Parameters<ServiceInMemory['submit']>[0]) {
  const { sweepId, notes } = await s.submit(overrides);
  for (const assignment of await s.feed()) await s.finish(assignment);
  await s.feed();
  await s.advance();
  const arms = await s.feed();
  for (const assignment of arms) await s.finish(assignment);
  await s.feed();
  await s.advance();
  return { sweep: await s.sweep(sweepId), arms, notes };
}

describe('a sweep with a baseline', () => {
  it('trains it with the other mixtures, seed by seed, and compares the proposal with it by name', async () => {
    const s = new ServiceInMemory();
    const { sweep, arms, notes } = await confirmed(s, { baseline });
    expect(arms.map(({ seed }) => seed)).toEqual([43, 44, 45].flatMap((seed) => Array<number>(5).fill(seed)));
    const { runs } = await s.context.store.listRuns(sweep.id, { role: 'baseline', offset: 0, limit: 10 });
    expect(runs.map(({ weights }) => weights)).toEqual(Array<number[]>(3).fill([0.75, 0.25, 0]));
    expect(sweep.confirmation).toMatchObject({ baseline: "last year's mix", baselineMinusProposal: { pairs: 3 } });
    expect(sweep.confirmation!.statement).toContain("last year's mix");
    expect(notes).toEqual([]);
  });

  it('is counted in progress and cost from the start', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit({ baseline });
    const counts = await s.context.store.runCounts(sweepId);
    expect(progressOf(await s.sweep(sweepId), counts, s.context.now()).total).toBe(8 + 5 * 3);
    const { specification, corpusId } = await s.sweep(sweepId);
    const { confirmation, strategy, seed } = specification;
    const request = { ...specification, corpusId, confirmation, strategy, seed, fidelities: undefined } as never;
    expect((await designSweep(s.context, request)).estimate.confirmationRuns).toBe(15);
  });

  it('is told that one which breaks the constraints is only compared with', async () => {
    const s = new ServiceInMemory();
    const { sweep, notes } = await confirmed(s, { baseline, constraints: { caps: { web: 0.7 } } });
    expect(notes).toEqual([
      "last year's mix breaks the constraints: it is trained to compare with, and never recommended",
    ]);
    expect(sweep.confirmation!.recommended).not.toBe('baseline');
    expect(sweep.confirmation!.statement).toContain("last year's mix (which breaks the caps)");
  });

  it.each([
    [{ web: 0.5, cod: 0.5 }, /unknown domains in the baseline: "cod"\. Did you mean "code"\?/],
    [{ web: 0.5, code: 0.2 }, /sum to 0\.7/],
  ])('refuses the weights %j, naming the field', async (weights, message) => {
    const s = new ServiceInMemory();
    const refused = s.submit({ baseline: { name: 'x', weights: weights as Record<string, number> } });
    await expect(refused).rejects.toMatchObject({ fields: [{ field: 'baseline' }] });
    await expect(refused).rejects.toThrow(message);
  });

  it('has it judged in every proposal', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit({ baseline });
    expect(proposalSettings(await s.sweep(sweepId)).baseline).toEqual(baseline);
    const without = await s.submit({});
    expect(proposalSettings(await s.sweep(without.sweepId)).baseline).toBeUndefined();
  });
});

describe('imported runs with a baseline', () => {
  it('have it judged by the fit, for nothing can train it', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await importSweep(s, importSettings({ baseline }));
    expect(proposalSettings(await s.sweep(sweepId)).baseline).toEqual(baseline);
  });

  it('refuse one that is no mixture of their domains', async () => {
    const s = new ServiceInMemory();
    const strange = importSettings({ baseline: { name: 'x', weights: { webb: 1 } } });
    await expect(importSweep(s, strange)).rejects.toThrow(
      'baseline: unknown domains in the baseline: "webb". Did you mean "web"?',
    );
  });
});
