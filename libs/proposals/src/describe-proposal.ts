// The document of a proposal: every number in it is a prediction, a measurement, or follows from the input.
import { type FittedTargets, nameDiagnostics } from '#libs/surrogates';
import { type BestObserved, findBestObserved } from './best-observed.js';
import { type BeyondMeasured, beyondMeasured, observedRange } from './beyond-measured.js';
import { bindingConstraints } from './binding.js';
import type { ResolvedConstraints } from './constraints.js';
import { respectsMinimum } from './minimum-nonzero.js';
import type { ObjectiveModel, RepetitionPricing } from './objective-model.js';
import type { Optimised, OptimiseSettings } from './optimise.js';
import { paretoFront } from './pareto.js';
import type {
  BaselineMixture,
  DocumentedConstraints,
  JudgedMixture,
  LossEstimates,
  ObservedMixture,
  ProposalDocument,
  Provenance,
} from './proposal-document.js';
import { notesOn } from './proposal-notes.js';
import type { ProposeInput } from './propose-input.js';
import { recommend } from './recommend.js';
import { reportRepetition } from './repetition-report.js';
import { locateInSamples, REGION_RULE, type SampledRegion } from './sampled-region.js';
import type { TradeOffMixture } from './trade-off.js';
import { findWorst } from './worst.js';

export interface Findings {
  readonly input: ProposeInput;
  readonly mixtures: readonly number[][];
  readonly renormalised: number;
  /** Objective per row, NaN where a target is missing. */
  readonly measured: Float64Array;
  readonly fits: FittedTargets;
  readonly unfitted: Readonly<Record<string, string>>;
  readonly model: ObjectiveModel;
  readonly constraints: ResolvedConstraints;
  /** The caller's own mixture, in the order of the domains. */
  readonly baseline?: { readonly name: string; readonly weights: readonly number[] };
  readonly pricing: RepetitionPricing | null;
  readonly settings: OptimiseSettings;
  /** Null when abstained. */
  readonly found: Optimised | null;
  readonly weights: Float64Array;
  readonly tradeOff: readonly TradeOffMixture[];
}

type Judge = (weights: ArrayLike<number>) => JudgedMixture;

function toRecord<T>(names: readonly string[], values: ArrayLike<T>): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

/** Names of the limits that a mixture breaks. */
function violated(
  weights: ArrayLike<number>,
  { limits, minimumNonzero }: ResolvedConstraints,
  names: readonly string[],
) {
  const broken = limits.filter(({ members, min, max }) => {
    const sum = members.reduce((total, i) => total + weights[i]!, 0);
    return sum < min - 1e-9 || sum > max + 1e-9;
  });
  const traces = names.filter((_, i) => !respectsMinimum([weights[i]!], minimumNonzero));
  return [...new Set([...broken.map(({ name }) => name), ...traces])];
}

function documentConstraints({ constraints, found, input }: Findings): DocumentedConstraints {
  const { domains } = input;
  const details = found ? bindingConstraints(found) : [];
  return {
    lower: constraints.lower && toRecord(domains, constraints.lower),
    caps: constraints.caps && toRecord(domains, constraints.caps),
    groups: constraints.groups.map(({ name, domains: members, min, max }) => ({
      name,
      domains: members,
      min: min ?? null,
      max: max ?? null,
    })),
    minimumNonzero: constraints.minimumNonzero || null,
    excluded: constraints.excluded,
    minimumEfficiency: constraints.minimumEfficiency,
    maxEpochs: constraints.maxEpochs,
    targetTokens: constraints.targetTokens,
    binding: [...new Set(details.map(({ name }) => name))],
    details,
  };
}

function provenanceOf({ input, mixtures, renormalised, fits, settings, found }: Findings): Provenance {
  const abstained = {
    requested: settings.requested,
    used: 'abstained' as const,
    why: 'no target of the objective has signal',
    candidates: [],
    converged: true,
    reason: 'nothing to optimise',
    iterations: 0,
    dualityGap: null,
  };
  const optimiser = found?.report ?? abstained;
  return {
    method: optimiser.used === 'simulate' ? 'simulate-and-average' : optimiser.used,
    optimiser,
    model: input.model ?? 'auto',
    seed: settings.seed,
    samples: found?.samples ?? 0,
    top: settings.top,
    strengths: [...settings.strengths],
    strength: found?.strength ?? null,
    repairedShare: found?.repairedShare ?? null,
    inputsHash: input.inputsHash ?? null,
    runs: mixtures.length,
    renormalised,
    leftOut: Object.fromEntries(
      Object.keys(input.losses).map((target) => [target, mixtures.length - fits[target]!.rowsUsed.length]),
    ),
  };
}

/** Why the fit is not to be trusted at the proposal, in words. */
function whyExtrapolating(
  names: readonly string[],
  weights: ArrayLike<number>,
  region: SampledRegion,
  beyond: readonly BeyondMeasured[],
  model: ObjectiveModel,
): string[] {
  const short = (value: number) => String(Number(value.toPrecision(3)));
  const reasons: string[] = [];
  if (region.distance > region.limit) {
    reasons.push(
      `it lies outside the sampled region, ${short(region.distance)} from the nearest measured mixture where ` +
        `${short(region.limit)} is usual`,
    );
  }
  for (const { domain, most } of region.unseen) {
    reasons.push(
      `it gives ${names[domain]} ${short(100 * weights[domain]!)}%, of which no run had more than ${short(100 * most)}%`,
    );
  }
  const counted = beyond.filter(({ target, far }) => far && model.targets.includes(target));
  if (counted.length > 0) {
    const listed = counted.map(({ target, mean, least, most }) => {
      const [side, bound] = mean < least ? ['least', least] : ['most', most];
      return `${target} ${short(mean)}, ${side} measured ${short(bound)}`;
    });
    reasons.push(`what is predicted for it lies far beyond every measured run (${listed.join('; ')})`);
  }
  return reasons;
}

/** Everything the reader of a proposal is told. */
export function describeProposal(findings: Findings): ProposalDocument {
  const { input, mixtures, measured, fits, model, constraints, pricing, found, weights, tradeOff } = findings;
  const { domains, losses, onProgress } = input;
  const targets = Object.keys(losses);
  const steps = 4;
  const step = (done: number) => onProgress?.({ phase: 'refine', done, total: steps });
  step(0);
  const judge: Judge = (row) => {
    const predicted: LossEstimates = Object.fromEntries(
      targets.map((target) => [target, model.estimateTarget(target, [row])[0]!]),
    );
    return { weights: toRecord(domains, row), predicted, objective: model.estimate([row])[0]! };
  };
  const baseline = (row: ArrayLike<number>): BaselineMixture => ({
    ...judge(row),
    violates: violated(row, constraints, domains),
  });
  const observed = (best: BestObserved | null): ObservedMixture | null => {
    if (!best) return null;
    const row = mixtures[best.index]!;
    const { predicted, objective } = judge(row);
    return {
      ...best,
      run: input.runIds?.[best.index] ?? null,
      weights: toRecord(domains, row),
      predicted,
      predictedObjective: objective,
      withinConstraints: violated(row, constraints, domains).length === 0,
    };
  };
  const inside = (r: number) => violated(mixtures[r]!, constraints, domains).length === 0;
  const bestWithin = observed(findBestObserved(mixtures, measured, inside));
  const { predicted, objective: predictedObjective } = judge(weights);
  const region = locateInSamples(weights, mixtures);
  const ranges = Object.fromEntries(targets.map((t) => [t, observedRange(losses[t]!, fits[t]!.rowsUsed)]));
  const constraintsSaid = documentConstraints(findings);
  step(1);
  const onCurve = model.estimate(tradeOff.map((point) => point.weights));
  step(2);
  const worst = found ? judge(findWorst(domains, model, constraints, found)) : null;
  step(3);
  const pareto =
    found && input.pareto
      ? paretoFront(domains, input.pareto, fits, losses, model.objective, constraints, pricing, found.pool)
      : undefined;
  const { epochsAtFullWeight, prior, tokens } = constraints;
  const natural = baseline(prior);
  const runs = input.runIds ?? [...mixtures.keys()];
  const document: Omit<ProposalDocument, 'notes'> = {
    weights: toRecord(domains, weights),
    epochs:
      epochsAtFullWeight &&
      toRecord(
        domains,
        weights.map((w, i) => (w === 0 ? 0 : w * epochsAtFullWeight[i]!)),
      ),
    tokens: tokens && toRecord(domains, tokens),
    objective: model.objective,
    predicted,
    predictedObjective,
    baselines: {
      natural: { ...natural, source: constraints.priorSource },
      uniform: baseline(domains.map(() => 1 / domains.length)),
      ...(findings.baseline && { given: { name: findings.baseline.name, ...baseline(findings.baseline.weights) } }),
    },
    bestObserved: observed(findBestObserved(mixtures, measured)),
    bestObservedWithinConstraints: bestWithin,
    recommended: recommend({
      mixtures,
      measured,
      residuals: model.residuals,
      abstained: found === null,
      proposal: { weights: toRecord(domains, weights), objective: predictedObjective },
      best: bestWithin,
      natural: natural.violates.length === 0 ? natural : null,
      extrapolates: whyExtrapolating(domains, weights, region, beyondMeasured(predicted, ranges), model),
      onlyMixture: constraints.set.free.length === 0,
    }),
    worst,
    constraints: constraintsSaid,
    extrapolation: {
      outside: region.outside,
      distance: region.distance,
      limit: region.limit,
      nearestRun: input.runIds?.[region.index] ?? null,
      nearestIndex: region.index,
      unseen: region.unseen.map(({ domain }) => domains[domain]!),
      rule: REGION_RULE,
    },
    tradeOff: tradeOff.map(({ klStrength, weights: row, kl, base }, k) => {
      const { mean, lower90, upper90 } = onCurve[k]!;
      const objective = { mean, lower90, upper90 };
      return { klStrength, weights: toRecord(domains, row), kl, objective, minimised: base };
    }),
    ...(pareto && {
      pareto: pareto.map(({ emphasis, weights: row, groups }) => {
        const names = Object.keys(input.pareto!.groups);
        return {
          emphasis: toRecord(names, emphasis),
          weights: toRecord(domains, row),
          groups: toRecord(names, groups),
        };
      }),
    }),
    repetition: reportRepetition(domains, constraints, weights, model.objective.repetition),
    fits: Object.fromEntries(
      targets.map((target) => [target, nameDiagnostics(fits[target]!.diagnostics, domains, runs)]),
    ),
    unfitted: findings.unfitted,
    abstained: found ? null : { reason: whyAbstained(findings) },
    provenance: provenanceOf(findings),
  };
  step(steps);
  return { ...document, notes: notesOn(document, ranges) };
}

function whyAbstained({ fits, model, constraints, input }: Findings): string {
  const reasons = model.targets.map((target) => `${target}: ${fits[target]!.diagnostics.signal.reason}`);
  const within = violated(constraints.prior, constraints, input.domains).length === 0;
  const what = within ? 'the natural mixture' : 'the natural mixture brought inside the constraints';
  return `no target of the objective has signal, so ${what} is proposed. ${reasons.join('; ')}`;
}
