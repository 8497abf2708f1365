import { describe, expect, it } from 'vitest';
import type { FitRecord, Store } from '#libs/sweeps';
import type { Plant } from './plant-sweep.js';
import { fitRecord, observationRecord, runRecord } from './records.js';

/** What an implementation promises of fits, and of the many rows that an import writes at once. */
export function describeStoreFits(store: () => Store, plant: Plant): void {
  describe('fits', () => {
    const lease = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));

    async function plantFit(overrides: Partial<FitRecord> = {}) {
      const { sweep } = await plant(0);
      const fit = fitRecord(sweep.id, { state: 'queued', claim: 0, ...overrides });
      await store().transaction((tx) => tx.insertFit(fit));
      return fit;
    }

    it('come back as they went in, oldest first, with their models in the order of the targets', async () => {
      const fit = await plantFit({
        runIds: ['run-2', 'run-1'],
        progress: { phase: 'fit', done: 1, total: 2, doing: [] },
      });
      const later = fitRecord(fit.sweepId, { createdAt: new Date('2026-02-01T00:00:00Z'), inputsHash: null });
      const models = [
        { target: 'web', packed: Uint8Array.from({ length: 300 }, (_, i) => i % 256) },
        { target: 'a code', packed: new Uint8Array([0]) },
      ];
      await store().transaction(async (tx) => {
        await tx.insertFit(later);
        await tx.insertFitModels(fit.id, models);
      });
      expect(await store().listFits(fit.sweepId)).toEqual([fit, later]);
      const kept = await store().fitModels(fit.id);
      expect(kept.map(({ target, packed }) => [target, [...packed]])).toEqual(
        models.map(({ target, packed }) => [target, [...packed]]),
      );
      expect(await store().fitModels(later.id)).toEqual([]);
      expect(await store().listProposals(fit.sweepId)).toEqual([]);
    });

    it('are claimed by one of many at the same moment, and again when the claim has ended', async () => {
      const fit = await plantFit();
      const claim = (now: Date, until: Date) => store().transaction((tx) => tx.claimFit(fit.id, now, until));
      const claims = await Promise.all([1, 2, 3, 4].map(() => claim(lease(0), lease(20))));
      expect(claims.filter((won) => won !== null)).toEqual([
        { ...fit, state: 'running', claim: 1, leaseUntil: lease(20), startedAt: lease(0) },
      ]);
      expect(await claim(lease(10), lease(30))).toBeNull();
      expect(await claim(lease(21), lease(41))).toMatchObject({ claim: 2, lost: 1 });
      const unattended = async (now: Date) => (await store().unattendedFits(now)).some(({ id }) => id === fit.id);
      expect([await unattended(lease(30)), await unattended(lease(50))]).toEqual([false, true]);
    });

    it('are open while they are queued or running, oldest first, also to the transaction that made them', async () => {
      const fit = await plantFit({ createdAt: new Date('2026-03-01T00:00:00Z') });
      const over = fitRecord(fit.sweepId);
      const older = fitRecord(fit.sweepId, { state: 'running', refit: true });
      const seen = await store().transaction(async (tx) => {
        for (const made of [over, older]) await tx.insertFit(made);
        return tx.openFits(fit.sweepId);
      });
      expect(seen).toEqual([older, fit].map(({ id, refit }) => ({ id, refit })));
      expect(await store().openFits(fit.sweepId)).toEqual(seen);
    });

    it('refuse what an earlier claim writes, and what comes after the end', async () => {
      const fit = await plantFit({ state: 'running', claim: 3, leaseUntil: lease(20) });
      const update = (claim: number, patch: Partial<FitRecord>) =>
        store().transaction((tx) => tx.updateFit(fit.id, { states: ['running'], claim }, patch));
      expect(await update(2, { state: 'succeeded' })).toBe(false);
      const progress = { phase: 'propose', done: 2, total: 2, doing: ['web: folds'] } as const;
      expect(await update(3, { progress: { ...progress, doing: [...progress.doing] } })).toBe(true);
      expect((await store().findFit(fit.id))?.progress).toEqual(progress);
      expect(await update(3, { state: 'failed', reason: 'why', progress: null, leaseUntil: null })).toBe(true);
      expect(await update(3, { state: 'succeeded' })).toBe(false);
      expect(await store().findFit(fit.id)).toMatchObject({ state: 'failed', reason: 'why', progress: null });
    });

    it('are cancelled with their sweep while they are not over', async () => {
      const fit = await plantFit();
      const over = fitRecord(fit.sweepId);
      await store().transaction(async (tx) => {
        await tx.insertFit(over);
        await tx.cancelFits(fit.sweepId, lease(5));
      });
      expect(await store().findFit(fit.id)).toMatchObject({ state: 'cancelled', finishedAt: lease(5) });
      expect((await store().findFit(over.id))?.state).toBe('succeeded');
    });
  });

  describe('many rows at once', () => {
    it('come back as they went in, what is unknown as null', async () => {
      const { round, runs } = await plant(0).then(async ({ round }) => {
        const many = Array.from({ length: 2500 }, (_, i) =>
          runRecord(round, i, {
            label: i % 2 === 0 ? `run, "${i}" {\\}` : null,
            weights: [0.1 + 0.2, 1 / (i + 3)],
            state: 'succeeded',
            trainLoss: i === 7 ? Number.NaN : null,
            finishedAt: i === 8 ? new Date('2026-03-01T10:00:00.123Z') : null,
          }),
        );
        await store().transaction((tx) => tx.insertRuns(many), { bulk: true });
        return { round, runs: many };
      });
      const read = await store().listRuns(round.sweepId, { role: 'design', offset: 0, limit: 10_000 });
      expect(read.runs).toEqual(runs);
      const unknown = { tokens: null, seconds: null, backend: null, parameters: null } as const;
      const observations = runs.map(({ id }, i) =>
        observationRecord(id, {
          ...unknown,
          losses: {
            loss: { natsPerToken: i === 3 ? Number.NaN : 1 / (i + 1), bitsPerByte: null },
            'other {loss}': { natsPerToken: Number.POSITIVE_INFINITY, bitsPerByte: 0.5 },
          },
        }),
      );
      await store().transaction((tx) => tx.insertObservations(observations), { bulk: true });
      const found = await store().listObservations(runs.map(({ id }) => id));
      const byRun = new Map(found.map((observation) => [observation.runId, observation]));
      expect(runs.map(({ id }) => byRun.get(id))).toEqual(observations);
    });
  });
}
