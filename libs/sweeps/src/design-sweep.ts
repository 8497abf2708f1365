import { type CreateSweep, type SweepDesign, tokensPerRun } from '#libs/contracts';
import { alignToDomains, assertFeasibleCaps, availabilityCaps, naturalPrior, normaliseWeights } from '#libs/simplex';
import type { SweepContext } from './context.js';
import { checkingField } from './invalid-input.js';
import type { CorpusRecord, Mixture } from './ports/records.js';
import { InvalidField, NotFound } from './sweeps.errors.js';

export interface SweepPlan {
  corpus: CorpusRecord;
  domains: string[];
  prior: Mixture;
  caps: Mixture;
  mixtures: number[][];
  notes: string[];
}

/** Mixtures of the confirmation round: the proposal, the best observed one, natural and uniform. */
export const confirmationArms = 4;

/** Everything that can be refused about a sweep is refused here, before anything is written. */
export async function planSweep(context: SweepContext, request: CreateSweep): Promise<SweepPlan> {
  const corpus = await context.store.findCorpus(request.corpusId);
  if (!corpus) throw new NotFound('corpus', request.corpusId);
  const domains = corpus.domains.map((domain) => domain.name);
  const notes: string[] = [];
  const prior = await priorOf(request, corpus, notes);
  const caps = await feasibleCaps(request, corpus);
  checkTargets(request, domains);
  const mixtures = await checkingField('strategy', () =>
    context.design({ strategy: request.strategy, domains, prior, caps, seed: request.seed }),
  );
  return { corpus, domains, prior, caps, mixtures, notes };
}

export async function designSweep(context: SweepContext, request: CreateSweep): Promise<SweepDesign> {
  const plan = await planSweep(context, request);
  const byDomain = (weights: Mixture) => Object.fromEntries(plan.domains.map((name, i) => [name, weights[i] ?? 0]));
  const perRun = tokensPerRun(request.trainer.parameters);
  const confirmationRuns = confirmationArms * request.confirmation.seeds;
  return {
    dryRun: true,
    domains: plan.domains,
    prior: byDomain(plan.prior),
    caps: byDomain(plan.caps),
    mixtures: plan.mixtures.map(byDomain),
    notes: plan.notes,
    estimate: {
      designRuns: plan.mixtures.length,
      confirmationRuns,
      tokensPerRun: perRun,
      tokens: perRun * (plan.mixtures.length + confirmationRuns),
    },
  };
}

async function priorOf(request: CreateSweep, corpus: CorpusRecord, notes: string[]): Promise<number[]> {
  const domains = corpus.domains.map((domain) => domain.name);
  const given = request.prior;
  if (!given)
    return naturalPrior(
      domains,
      corpus.domains.map((domain) => domain.tokens),
    );
  return checkingField('prior', () => {
    const { weights, sum, renormalised } = normaliseWeights(domains, alignToDomains('prior', domains, given));
    if (renormalised)
      notes.push(`prior: the weights summed to ${Number(sum.toPrecision(8))} and were renormalised to 1`);
    return weights;
  });
}

/** The upper bounds that the large run's repetition limit and the caller's own caps leave. */
export async function feasibleCaps(request: Pick<CreateSweep, 'constraints'>, corpus: CorpusRecord): Promise<number[]> {
  const { targetTokens, maxEpochs, caps: given = {} } = request.constraints;
  const domains = corpus.domains.map((domain) => domain.name);
  const tokens = corpus.domains.map((domain) => domain.tokens);
  const total = tokens.reduce((sum, count) => sum + count, 0);
  const unknown = Object.keys(given).filter((name) => !domains.includes(name));
  if (unknown.length > 0) {
    throw new InvalidField(
      `constraints.caps.${unknown[0]}`,
      `unknown domain ${unknown.map((name) => `"${name}"`).join(', ')}; the corpus has ${domains.join(', ')}`,
      'domain-unknown',
    );
  }
  return checkingField('constraints', () => {
    const caps = availabilityCaps(tokens, targetTokens ?? total, maxEpochs).map((cap, i) =>
      Math.min(cap, given[domains[i]!] ?? 1),
    );
    assertFeasibleCaps(domains, caps);
    return caps;
  });
}

function checkTargets(request: CreateSweep, domains: readonly string[]): void {
  const unknown = Object.keys(request.objective.targets ?? {}).filter((target) => !domains.includes(target));
  if (unknown.length > 0) {
    throw new InvalidField(
      `objective.targets.${unknown[0]}`,
      `unknown target ${unknown.map((name) => `"${name}"`).join(', ')}; this trainer measures the held-out loss of ${domains.join(', ')}`,
      'target-unknown',
    );
  }
}
