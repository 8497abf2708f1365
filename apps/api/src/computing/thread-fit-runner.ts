import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { computeInThread, fitPackedTargetsInThreads, packRows, type TakeTurn } from '#libs/computing';
import { nameDiagnostics } from '#libs/surrogates';
import {
  FitInterrupted,
  type FitProgress,
  type FitRequest,
  type FitRunner,
  type FittedModels,
  type ProposalOutcome,
  type ProposalRequest,
} from '#libs/sweeps';
import { Gate } from './gate.js';

/** Fits each target in a thread of its own and proposes in another one. */
@Injectable()
export class ThreadFitRunner implements FitRunner {
  private readonly stop = new AbortController();
  private readonly underWay = new Set<Promise<unknown>>();
  /** Fits of several sweeps take turns, target by target: a long one does not keep a short one waiting. */
  private readonly fits = new Gate(availableParallelism());
  /** Requests may ask for any number of proposals at once; each takes a core for seconds. */
  private readonly proposals = new Gate(availableParallelism(), 16);

  fit(
    { evidence: { domains, mixtures, losses, censored, runIds }, settings: { model, folds, seed } }: FitRequest,
    { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: FitProgress) => void },
  ): Promise<FittedModels> {
    return this.track(signal, async (stop) => {
      const turn: TakeTurn = (until, work) => this.fits.run(until, work);
      const request = { mixtures, losses, options: { model, folds, seed, censored } };
      const { fits, unfitted } = await fitPackedTargetsInThreads(request, { signal: stop, onProgress, turn });
      const fitted = Object.entries(fits);
      return {
        unfitted,
        diagnostics: Object.fromEntries(
          fitted.map(([target, { diagnostics }]) => [target, nameDiagnostics(diagnostics, domains, runIds)]),
        ),
        models: fitted.map(([target, { packed }]) => ({ target, packed })),
      };
    });
  }

  propose(
    { evidence, models, unfitted, settings, proposal, inputsHash }: ProposalRequest,
    { signal }: { signal: AbortSignal },
  ): Promise<ProposalOutcome> {
    return this.track(signal, (stop) =>
      this.proposals.run(stop, async () => {
        const { constraints, ...rest } = proposal;
        const { censored: _known, ...measured } = evidence;
        const document = await computeInThread(
          'propose',
          {
            ...measured,
            mixtures: packRows(evidence.mixtures),
            ...constraints,
            ...rest,
            fits: Object.fromEntries(models.map(({ target, packed }) => [target, packed])),
            unfitted,
            model: settings.model,
            folds: settings.folds,
            inputsHash,
          },
          { signal: stop },
        );
        return {
          weights: { ...document.weights },
          abstained: document.abstained?.reason ?? null,
          document: { ...document },
        };
      }),
    );
  }

  async close(): Promise<void> {
    this.stop.abort(new FitInterrupted());
    await Promise.allSettled(this.underWay);
  }

  private track<T>(signal: AbortSignal, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    const done = work(AbortSignal.any([signal, this.stop.signal])).finally(() => this.underWay.delete(done));
    this.underWay.add(done);
    return done;
  }
}
