import { describe, expect, it, vi } from 'vitest';
import { advanceStage } from '../src/advance-stage.js';
import { cancelSweep } from '../src/cancel-sweep.js';
import { cancelFit } from '../src/fits/cancel-fit.js';
import { proposableFit, proposeAgain } from '../src/fits/propose-again.js';
import { requestFit } from '../src/fits/request-fit.js';
import { retryFailed, retryRun } from '../src/retry-failed.js';
import { FitInterrupted, FitWithdrawn } from '../src/sweeps.errors.js';
import { reconcileStages } from '../src/transitions/reconcile-stages.js';
import { importSettings, importSweep } from './import-in-memory.js';
import { ServiceInMemory } from './service-in-memory.js';

async function imported(s: ServiceInMemory): Promise<string> {
  const { sweepId } = await importSweep(s);
  await s.feed();
  return sweepId;
}

const fitsOf = (s: ServiceInMemory, sweepId: string) => s.context.store.listFits(sweepId);

describe('imported runs', () => {
  it('are fitted and proposed from, and the sweep completes without a confirmation', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    expect((await s.sweep(sweepId)).state).toBe('fitting');
    await s.advance();
    expect(await s.sweep(sweepId)).toMatchObject({
      state: 'completed',
      confirmation: null,
      targets: ['loss', 'score'],
    });
    const { evidence } = s.fitRequests[0]!;
    expect(evidence).toMatchObject({ domains: ['web', 'code'], prior: undefined, tokens: undefined, licences: {} });
    expect(evidence.runIds.slice(0, 2)).toEqual(['run 0', 'run 1']);
    expect(evidence.losses.loss).toHaveLength(10);
    expect(evidence.losses.score![3]).toBeNaN();
    expect(await s.feed()).toEqual([]);
    expect((await s.context.store.findCorpus((await s.sweep(sweepId)).corpusId))!.domains[0]).toMatchObject({
      source: null,
      tokens: null,
    });
  });

  it('cannot be retried: nothing here could train them', async () => {
    const s = new ServiceInMemory();
    const settings = importSettings({ objective: { targets: { loss: 1 } } });
    const { sweepId } = await importSweep(s, settings, { loss: Number.NEGATIVE_INFINITY, score: Number.NaN });
    await s.feed();
    await s.advance();
    const { runs } = await s.context.store.listRuns(sweepId, { state: 'diverged', offset: 0, limit: 10 });
    expect(runs).toMatchObject([{ label: 'run 0', reason: 'No finite loss was imported.' }]);
    await expect(retryRun(s.context, runs[0]!.id)).rejects.toMatchObject({ code: 'state-conflict' });
    expect((await s.sweep(sweepId)).state).toBe('completed');
    expect(await s.context.store.listObservations([runs[0]!.id])).toMatchObject([
      { losses: { loss: { natsPerToken: Number.NEGATIVE_INFINITY }, score: { natsPerToken: Number.NaN } } },
    ]);
  });

  it('leave nothing behind when a setting cannot be', async () => {
    const s = new ServiceInMemory();
    const settings = importSettings({ constraints: { caps: { web: 0.4, code: 0.4 } } });
    await expect(importSweep(s, settings)).rejects.toMatchObject({ code: 'caps-infeasible' });
    expect(await s.context.store.listCorpora()).toEqual([]);
    expect((await s.context.store.listSweeps({ offset: 0, limit: 1 })).total).toBe(0);
  });
});

describe('a fit that one target has none of', () => {
  const why = { score: '3 finite losses; at least 5 are needed' };

  /** As the real runner: fits the loss, and says why not the score. */
  function withoutScore(s: ServiceInMemory) {
    const { fit: make, propose } = s.runner;
    const proposed: object[] = [];
    s.runner.fit = async (request, options) => {
      const { models, ...rest } = await make(request, options);
      return { ...rest, models: models.filter(({ target }) => target === 'loss'), unfitted: why };
    };
    s.runner.propose = (request, options) => {
      proposed.push(request);
      return propose(request, options);
    };
    return proposed;
  }

  it('succeeds with the others, tells whoever proposes, and refuses a proposal that asks for it', async () => {
    const s = new ServiceInMemory();
    const proposed = withoutScore(s);
    const sweepId = await imported(s);
    await s.advance();
    const [fit] = await fitsOf(s, sweepId);
    expect(fit).toMatchObject({ state: 'succeeded', reason: null, unfitted: why });
    expect((await s.sweep(sweepId)).state).toBe('completed');
    expect(proposed).toMatchObject([{ unfitted: why }]);
    const again = (asked: object) => proposeAgain(s.context, s.runner, fit!.id, asked, new AbortController().signal);
    await again({});
    expect(proposed.at(-1)).toMatchObject({ unfitted: why });
    await expect(again({ objective: { targets: { score: 1 }, combine: 'weighted-mean' } })).rejects.toMatchObject({
      code: 'target-unfitted',
      message: expect.stringMatching(/"score" has no fit, so no proposal can count it: 3 finite losses/),
    });
    expect(proposed).toHaveLength(2);
  });

  it('is kept where the objective counts that target, and a proposal can be made with another objective', async () => {
    const s = new ServiceInMemory();
    withoutScore(s);
    const { sweepId } = await importSweep(s, importSettings({ objective: { targets: { loss: 1, score: 1 } } }));
    await s.feed();
    await s.advance();
    const [fit] = await fitsOf(s, sweepId);
    const reason = expect.stringMatching(/^No proposal was made: .*target "score" has no fit.*3 finite losses/);
    expect(fit).toMatchObject({ state: 'succeeded', unfitted: why, reason });
    expect(await s.sweep(sweepId)).toMatchObject({ state: 'failed', reason });
    expect(await s.context.store.fitModels(fit!.id)).toMatchObject([{ target: 'loss' }]);
    expect(await s.context.store.listProposals(sweepId)).toEqual([]);
    expect(await proposableFit(s.context, sweepId)).toBe(fit!.id);
    const objective = { targets: { loss: 1 }, combine: 'weighted-mean' as const };
    await proposeAgain(s.context, s.runner, fit!.id, { objective } as never, new AbortController().signal);
    expect(await s.context.store.listProposals(sweepId)).toHaveLength(1);
  });
});

describe('a fit', () => {
  it('is made by one process at a time; a claim that ended may be taken over, and what the first finds is dropped', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    const { fit: make } = s.runner;
    let second: Promise<void> | undefined;
    s.runner.fit = async (request, options) => {
      s.runner.fit = make;
      // Somebody asks again while the claim holds: nothing happens.
      await advanceStage(s.context, s.runner, sweepId);
      expect((await s.sweep(sweepId)).state).toBe('fitting');
      // The process sleeps past its lease, and another one takes over.
      s.time += 60_000;
      second = advanceStage(s.context, s.runner, sweepId);
      await second;
      return make(request, options);
    };
    await s.advance();
    const [made] = await fitsOf(s, sweepId);
    expect(made).toMatchObject({ state: 'succeeded', claim: 2 });
    expect(await s.context.store.listProposals(sweepId)).toHaveLength(1);
    expect((await s.sweep(sweepId)).state).toBe('completed');
  });

  it('is one, also when two processes hear of the sweep at the same moment', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    await Promise.all([1, 2, 3].map(() => advanceStage(s.context, s.runner, sweepId)));
    expect(await fitsOf(s, sweepId)).toMatchObject([{ refit: false, state: 'succeeded', claim: 1 }]);
    expect(await s.context.store.listProposals(sweepId)).toHaveLength(1);
  });

  it('that ends its process again and again is given up, and made again when asked for', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    const { fit: make } = s.runner;
    vi.useFakeTimers({ toFake: ['setInterval'] });
    for (let life = 0; life < 3; life++) {
      // A killed process says nothing: neither does the fit end, nor is its lease renewed.
      await new Promise<void>((begun) => {
        s.runner.fit = () => {
          begun();
          return new Promise(() => {});
        };
        void advanceStage(s.context, s.runner, sweepId);
      });
      s.time += 60_000;
    }
    vi.useRealTimers();
    await advanceStage(s.context, s.runner, sweepId);
    const reason = 'The fit failed: it was begun 4 times, and 3 times the process that made it was lost';
    expect(await fitsOf(s, sweepId)).toMatchObject([{ state: 'failed', lost: 3, reason }]);
    expect(await s.sweep(sweepId)).toMatchObject({ state: 'failed', reason });
    s.runner.fit = make;
    expect(await retryFailed(s.context, sweepId)).toBe(0);
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('completed');
  });

  it('is queued again when the service stops, and asked for by the reconciler', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    const { fit: make } = s.runner;
    s.runner.fit = () => Promise.reject(new FitInterrupted());
    await expect(s.advance()).rejects.toThrow(FitInterrupted);
    expect((await fitsOf(s, sweepId))[0]).toMatchObject({ state: 'queued', leaseUntil: null });
    s.runner.fit = make;
    expect(await reconcileStages(s.context, () => false)).toEqual([sweepId]);
    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('completed');
    expect(await fitsOf(s, sweepId)).toHaveLength(1);
  });

  it('asked for beside the sweep changes nothing of the sweep, whether it succeeds or fails', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    await s.advance();
    const before = await s.sweep(sweepId);
    const refit = await requestFit(s.context, sweepId, {
      model: 'gp',
      folds: 7,
      objective: { targets: { loss: 1 }, combine: 'worst-case' },
    });
    await s.feed();
    await s.advance();
    expect(s.fitRequests.at(-1)!.settings).toMatchObject({ model: 'gp', folds: 7, seed: 42 });
    expect(await s.sweep(sweepId)).toEqual(before);
    const { propose } = s.runner;
    s.runner.propose = () => Promise.reject(new Error('no mixture is left'));
    const failing = await requestFit(s.context, sweepId, {});
    await s.feed();
    await s.advance();
    s.runner.propose = propose;
    expect(await fitsOf(s, sweepId)).toMatchObject([
      { state: 'succeeded', refit: false },
      { id: refit.id, state: 'succeeded', refit: true },
      { id: failing.id, state: 'failed', reason: 'The fit failed: no mixture is left' },
    ]);
    expect(await s.sweep(sweepId)).toEqual(before);
    await expect(
      requestFit(s.context, sweepId, { objective: { targets: { wiki: 1 }, combine: 'worst-case' } }),
    ).rejects.toMatchObject({
      code: 'target-unknown',
    });
  });

  it('stops when it is cancelled, and nothing of it is kept', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    await s.advance();
    const { id } = await requestFit(s.context, sweepId, {});
    s.runner.fit = async (_request, { signal }) => {
      await cancelFit(s.context, id);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await s.feed();
    await s.advance();
    expect((await fitsOf(s, sweepId))[1]).toMatchObject({ id, state: 'cancelled', progress: null });
    expect(await s.context.store.fitModels(id)).toEqual([]);
    await expect(proposeAgain(s.context, s.runner, id, {}, new AbortController().signal)).rejects.toMatchObject({
      code: 'fit-not-ready',
    });
  });

  it('stops with the sweep that waits for it', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    let reason: unknown;
    s.runner.fit = async (_request, { signal }) => {
      await cancelSweep(s.context, s.runQueue, sweepId);
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason);
        }),
      );
    };
    await s.advance();
    expect(reason).toBeInstanceOf(FitWithdrawn);
    expect((await fitsOf(s, sweepId))[0]!.state).toBe('cancelled');
    expect((await s.sweep(sweepId)).state).toBe('cancelled');
  });
});

describe('another proposal', () => {
  it('is made on the runs and models of the fit, with what is asked for over what the sweep says', async () => {
    const s = new ServiceInMemory();
    const sweepId = await imported(s);
    await s.advance();
    const fitId = (await s.sweep(sweepId)).fitId!;
    const { propose } = s.runner;
    const asked: Parameters<typeof propose>[0][] = [];
    s.runner.propose = (request, options) => {
      asked.push(request);
      return propose(request, options);
    };
    const objective = { targets: { score: 1 }, combine: 'weighted-mean' } as const;
    const made = await proposeAgain(
      s.context,
      s.runner,
      fitId,
      { objective, samples: 1000 },
      new AbortController().signal,
    );
    expect(asked[0]!.proposal).toMatchObject({
      objective,
      constraints: {},
      optimiser: 'auto',
      samples: 1000,
      seed: 42,
    });
    expect(asked[0]!.models.map(({ target }) => target)).toEqual(['loss', 'score']);
    expect(asked[0]!.evidence).toEqual(s.fitRequests[0]!.evidence);
    expect((await s.context.store.listProposals(sweepId)).map(({ id }) => id)).toContain(made.id);
    expect((await s.sweep(sweepId)).proposalId).not.toBe(made.id);
  });
});
