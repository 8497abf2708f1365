import {
  type Baseline,
  type Constraints,
  type CreateSweep,
  isTransformer,
  type SweepDesign,
  type SweepSpecification,
} from '#libs/contracts';
import { readBaseline } from '#libs/proposals';
import { runCost } from '#libs/proxy-models';
import { alignToDomains, naturalPrior, normaliseWeights } from '#libs/simplex';
import { boundsOf, type WeightBounds } from './bounds.js';
import { checkProposalSettings } from './check-settings.js';
import { completeSpecification, fidelityNamed } from './complete-specification.js';
import { confirmationArms } from './confirmation/confirmation-runs.js';
import type { SweepContext } from './context.js';
import { designWithin } from './design-within.js';
import { requireEvaluations } from './early-stopping/require-evaluations.js';
import { checkingField } from './invalid-input.js';
import type { CorpusRecord, Mixture } from './ports/records.js';
import { InvalidField, NotFound } from './sweeps.errors.js';
import { noteOnTrainer } from './workers/note-on-trainer.js';

export interface SweepPlan {
  corpus: CorpusRecord;
  domains: string[];
  prior: Mixture;
  caps: Mixture;
  mixtures: number[][];
  specification: SweepSpecification;
  /** What the runs measure. */
  targets: readonly string[];
  notes: string[];
}

/** Everything that can be refused about a sweep is refused here, before anything is written. */
export async function planSweep(context: SweepContext, request: CreateSweep): Promise<SweepPlan> {
  const corpus = await context.store.findCorpus(request.corpusId);
  if (!corpus) throw new NotFound('corpus', request.corpusId);
  const domains = corpus.domains.map((domain) => domain.name);
  requireText(corpus);
  const { specification, notes } = requireEvaluations(completeSpecification(request));
  const prior = await priorOf(request, corpus, notes);
  const targets = targetsOf(specification, domains);
  await checkProposalSettings({ targets, prior, specification }, corpus, request);
  const bounds = await boundsOf(request.constraints, corpus, prior);
  const mixtures = await checkingField('strategy', () =>
    designWithin(context, { strategy: request.strategy, domains, prior, seed: request.seed }, bounds),
  );
  notes.push(...notInDesign(request.constraints));
  notes.push(...(await checkBaseline(request.baseline, domains, bounds)));
  const unknownTrainer = await noteOnTrainer(context, specification.trainer);
  if (unknownTrainer !== null) notes.push(unknownTrainer);
  return { corpus, domains, prior, caps: bounds.upper, mixtures, specification, targets, notes };
}

/** Throws InvalidField for a baseline that is no mixture of the domains; a note says when the caps forbid it. */
async function checkBaseline(
  baseline: Baseline | undefined,
  domains: readonly string[],
  { admits }: WeightBounds,
): Promise<string[]> {
  if (!baseline) return [];
  const weights = await checkingField('baseline', () => readBaseline(domains, baseline));
  return admits(weights)
    ? []
    : [`${baseline.name} breaks the constraints: it is trained to compare with, and never recommended`];
}

/** What the user's program says it measures, else a held-out loss of each domain. */
function targetsOf({ trainer }: SweepSpecification, domains: readonly string[]): readonly string[] {
  return (trainer && !isTransformer(trainer) && trainer.targets) || domains;
}

/** The constraints that the proxy runs do not keep to, though the proposal will. */
function notInDesign({ groups, minimumNonzero }: Constraints): string[] {
  const left = [...(groups?.length ? ['groups'] : []), ...(minimumNonzero ? ['minimumNonzero'] : [])].map(
    (name) => `constraints.${name}`,
  );
  return left.length === 0
    ? []
    : [`the proxy runs do not keep to ${left.join(', ')}: they explore around it, and the proposal keeps to it`];
}

export async function designSweep(context: SweepContext, request: CreateSweep): Promise<SweepDesign> {
  const plan = await planSweep(context, request);
  const byDomain = (weights: Mixture) => Object.fromEntries(plan.domains.map((name, i) => [name, weights[i] ?? 0]));
  const confirmationRuns = confirmationArms(plan.specification) * request.confirmation.seeds;
  return {
    dryRun: true,
    domains: plan.domains,
    prior: byDomain(plan.prior),
    caps: byDomain(plan.caps),
    mixtures: plan.mixtures.map(byDomain),
    notes: plan.notes,
    estimate: {
      designRuns: plan.specification.fidelities.reduce((sum, { runs }) => sum + runs, 0),
      confirmationRuns,
      ...estimateCost(plan.specification, confirmationRuns),
    },
  };
}

/** Every run to its end. Null where only the user's program knows. */
function estimateCost(
  { fidelities, confirmation }: SweepSpecification,
  confirmationRuns: number,
): Omit<SweepDesign['estimate'], 'designRuns' | 'confirmationRuns'> {
  const confirming = fidelityNamed(fidelities, confirmation?.fidelity);
  const costs = fidelities.map(({ name, runs, trainer }, index) => {
    const { tokens, flops, parameters } = runCost(trainer);
    const all = runs + (index === confirming ? confirmationRuns : 0);
    return { name, runs: all, parameters, tokensPerRun: tokens, flopsPerRun: flops };
  });
  const total = (perRun: 'tokensPerRun' | 'flopsPerRun') =>
    costs.reduce<number | null>((sum, cost) => {
      const each = cost[perRun];
      return sum === null || each === null ? null : sum + each * cost.runs;
    }, 0);
  return {
    tokensPerRun: costs[0]!.tokensPerRun,
    tokens: total('tokensPerRun'),
    flops: total('flopsPerRun'),
    fidelities: costs,
  };
}

async function priorOf(request: CreateSweep, corpus: CorpusRecord, notes: string[]): Promise<number[]> {
  const domains = corpus.domains.map((domain) => domain.name);
  const given = request.prior;
  if (!given) return naturalPrior(domains, requireText(corpus));
  return checkingField('prior', () => {
    const { weights, sum, renormalised } = normaliseWeights(domains, alignToDomains('prior', domains, given));
    if (renormalised)
      notes.push(`prior: the weights summed to ${Number(sum.toPrecision(8))} and were renormalised to 1`);
    return weights;
  });
}

/** The tokens of every domain. Throws InvalidField for a corpus that came with imported runs: there is no text. */
function requireText(corpus: CorpusRecord): number[] {
  return corpus.domains.map(({ name, source, tokens }) => {
    if (tokens !== null && source !== null) return tokens;
    throw new InvalidField(
      'corpusId',
      `corpus "${corpus.name}" came with imported runs, and nothing says where the text of "${name}" lies; register it ` +
        'with sources and tokens to train on it',
      'corpus-without-text',
    );
  });
}
