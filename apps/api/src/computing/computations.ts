import { propose } from '#libs/proposals';
import { type DesignTask, designMixtures, type FitOutcome, type FitRequest } from '#libs/sweeps';

/** What runs in a thread: seconds of arithmetic each, from plain data to plain data. */
export const computations = {
  design: (task: DesignTask): number[][] => designMixtures(task),
  fit: fitAndPropose,
};

export type Computations = typeof computations;

function fitAndPropose(request: FitRequest): FitOutcome {
  const { domains, constraints, fit } = request;
  const byDomain = (values: readonly number[]) => Object.fromEntries(domains.map((name, i) => [name, values[i]!]));
  const document = propose({
    domains,
    mixtures: request.mixtures,
    losses: request.losses,
    prior: byDomain(request.prior),
    tokens: byDomain(request.tokens),
    targetTokens: constraints.targetTokens,
    maxEpochs: constraints.maxEpochs,
    caps: constraints.caps,
    objective: request.objective,
    model: fit.model,
    folds: fit.folds,
    samples: fit.samples,
    top: fit.top,
    seed: request.seed,
    runIds: request.runIds,
    inputsHash: request.inputsHash,
  });
  return {
    weights: { ...document.weights },
    abstained: document.abstained?.reason ?? null,
    model: fit.model,
    fits: { ...document.fits },
    document: { ...document },
  };
}
