// From measured runs to proposed weights: fit every target, find where the objective is lowest inside the constraints,
// and say everything needed to judge the answer. Abstains, proposing the natural mixture, when no target of the
// objective can be told from noise.
import { assertDomainNames, InvalidInputError, normaliseWeights } from '#libs/simplex';
import { type FittedTargets, fitTargets } from '#libs/surrogates';
import { observedObjective } from './best-observed.js';
import { type ResolvedConstraints, resolveConstraints } from './constraints.js';
import { describeProposal } from './describe-proposal.js';
import { keepAboveMinimum, respectsMinimum } from './minimum-nonzero.js';
import { resolveObjective, targetsAsked, unfittedTarget } from './objective.js';
import { ObjectiveModel } from './objective-model.js';
import { type Optimised, optimise } from './optimise.js';
import type { ProposalDocument } from './proposal-document.js';
import { optimisers, type ProposeInput } from './propose-input.js';
import { readBaseline } from './read-baseline.js';
import { repetitionPricing } from './repetition-report.js';
import { tradeOffCurve } from './trade-off.js';

/** Mixtures simulated where simulation gives the answer; RegMix's number. */
export const DEFAULT_SAMPLES = 100_000;
/** Where a gradient search follows: enough to find the basins that it then descends. */
const SAMPLES_BEFORE_SEARCH = 20_000;
export const DEFAULT_TOP = 128;
/** RegMix's strength 1 reaches the corners; the larger ones fill the middle, which it hardly visits. */
export const DEFAULT_STRENGTHS: readonly number[] = [1, 4, 16];
/** Measured mixtures from which the gradient search starts. */
const MEASURED_STARTS = 4;

function checkInput(input: ProposeInput): { mixtures: number[][]; renormalised: number } {
  assertDomainNames(input.domains);
  if (Object.keys(input.losses).length === 0) {
    throw new InvalidInputError('TARGETS_EMPTY', 'at least one target is needed', { argument: 'losses' });
  }
  const { optimiser = 'auto' } = input;
  if (!optimisers.includes(optimiser)) {
    const allowed = optimisers.join(', ');
    throw new InvalidInputError('OPTIMISER_UNKNOWN', `unknown optimiser "${optimiser}"; known: ${allowed}`, {
      argument: 'optimiser',
      value: optimiser,
      allowed,
    });
  }
  let renormalised = 0;
  const mixtures = input.mixtures.map((row, r) => {
    try {
      const result = normaliseWeights(input.domains, row);
      if (result.renormalised) renormalised += 1;
      return result.weights;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const run = input.runIds?.[r] ?? r;
      throw new InvalidInputError(error.code, `run ${run}: ${error.message}`, { ...error.details, run });
    }
  });
  return { mixtures, renormalised };
}

interface Fitted {
  readonly fits: FittedTargets;
  readonly unfitted: Readonly<Record<string, string>>;
  /** Of the targets that have a fit. */
  readonly losses: ProposeInput['losses'];
}

/** The fits given, or made here. Throws FITS_MISMATCH where those given are not of these rows. */
function fitsOf(input: ProposeInput, mixtures: readonly number[][]): Fitted {
  const { losses, onProgress } = input;
  const { fits, unfitted = {} } = input.fits ? { fits: input.fits, unfitted: input.unfitted } : fitHere();
  const fitted = Object.fromEntries(Object.entries(losses).filter(([target]) => !Object.hasOwn(unfitted, target)));
  for (const target of Object.keys(fitted)) {
    const rows = fits[target]?.rowsUsed;
    const fault = !rows
      ? 'is missing'
      : rows.some((r) => !Number.isFinite(losses[target]![r] ?? Number.NaN))
        ? 'was made on other rows'
        : null;
    if (fault) {
      throw new InvalidInputError('FITS_MISMATCH', `the fit of "${target}" ${fault}`, {
        argument: 'fits',
        value: target,
        allowed: 'one fit of the same rows for every target of losses',
      });
    }
  }
  return { fits, unfitted, losses: fitted };

  function fitHere() {
    const { model = 'auto', seed = 42, folds } = input;
    return fitTargets(mixtures, losses, { model, seed, folds }, (target, done, total) =>
      onProgress?.({ phase: 'fit', done, total, target }),
    );
  }
}

/** Throws TARGET_UNFITTED with the reason where what is asked for counts a target that has no fit. */
function assertFitted({ objective, pareto }: ProposeInput, unfitted: Readonly<Record<string, string>>): void {
  for (const target of targetsAsked(objective, pareto)) {
    if (!Object.hasOwn(unfitted, target)) continue;
    throw unfittedTarget(target, unfitted[target]!);
  }
}

/** Measured mixtures inside the constraints, best first, from which a search may start. */
function measuredStarts(
  mixtures: readonly number[][],
  measured: Float64Array,
  { set, minimumNonzero }: ResolvedConstraints,
): Float64Array[] {
  return [...measured.keys()]
    .filter((r) => Number.isFinite(measured[r]!) && set.contains(mixtures[r]!))
    .filter((r) => respectsMinimum(mixtures[r]!, minimumNonzero))
    .sort((a, b) => measured[a]! - measured[b]! || a - b)
    .slice(0, MEASURED_STARTS)
    .map((r) => Float64Array.from(mixtures[r]!));
}

/** The natural mixture brought inside the constraints. */
function naturalInside(names: readonly string[], constraints: ResolvedConstraints): Float64Array {
  const { set, prior, limits, minimumNonzero } = constraints;
  const inside = set.projectKl(prior);
  if (respectsMinimum(inside, minimumNonzero)) return inside;
  const near = (within: typeof set) => ({ weights: within.projectKl(prior), value: 0 });
  const kept = keepAboveMinimum(names, limits, minimumNonzero, inside, near, false);
  return kept?.weights ?? inside;
}

/** The same search with a better answer, met on the way along the trade-off curve. */
function adopt(found: Optimised, weights: Float64Array, model: ObjectiveModel): Optimised {
  const value = model.penalised([weights])[0]!;
  const { report } = found;
  const candidates = [...report.candidates, { optimiser: 'gradient along the trade-off', penalisedObjective: value }];
  return { ...found, weights, value, report: { ...report, candidates } };
}

/**
 * Proposes domain weights from measured runs. Deterministic: the same input and seed give the same document.
 * A target that cannot be fitted (fewer than 5 finite losses, or 2 distinct mixtures) is left out and named in
 * `unfitted`. Throws InvalidInputError for wrong shapes, unknown names, an objective that counts such a target
 * (TARGET_UNFITTED), no target that can be fitted (TARGETS_UNFITTABLE), an optimiser that does not suit the fits, and
 * constraints that admit no mixture, naming those that clash.
 */
export function propose(input: ProposeInput): ProposalDocument {
  const { mixtures, renormalised } = checkInput(input);
  const { domains } = input;
  // A name mistyped is better noticed before the fits are made.
  const asked = resolveObjective(input.objective, Object.keys(input.losses));
  const constraints = resolveConstraints(domains, mixtures, input);
  const baseline = input.baseline && { name: input.baseline.name, weights: readBaseline(domains, input.baseline) };
  const pricing = repetitionPricing(constraints);
  if (asked.repetition && !pricing) {
    throw new InvalidInputError('TOKENS_MISSING', 'pricing repetition needs the tokens available per domain', {
      argument: 'objective.repetition',
      value: true,
      allowed: 'only together with tokens',
    });
  }
  const { fits, unfitted, losses } = fitsOf(input, mixtures);
  assertFitted(input, unfitted);
  const objective = input.objective?.targets ? asked : resolveObjective(input.objective, Object.keys(losses));
  const model = new ObjectiveModel(fits, objective, losses, constraints.prior, pricing);
  const measured = observedObjective(objective, losses);
  const settings = {
    requested: input.optimiser ?? 'auto',
    samples: input.samples,
    top: input.top ?? Math.min(DEFAULT_TOP, input.samples ?? DEFAULT_SAMPLES),
    strengths: input.strengths ?? DEFAULT_STRENGTHS,
    seed: input.seed ?? 42,
    defaults: { simulate: DEFAULT_SAMPLES, auto: SAMPLES_BEFORE_SEARCH },
  };
  const first: Optimised | null = model.hasSignal
    ? optimise(domains, model, constraints, measuredStarts(mixtures, measured, constraints), settings, (done, total) =>
        input.onProgress?.({ phase: 'simulate', done, total }),
      )
    : null;
  const curve = first && tradeOffCurve(domains, model, constraints, first);
  const found = first && curve?.better ? adopt(first, curve.better, model) : first;
  const weights = found?.weights ?? naturalInside(domains, constraints);
  return describeProposal({
    input: { ...input, losses },
    unfitted,
    mixtures,
    renormalised,
    measured,
    fits,
    model,
    constraints,
    baseline,
    pricing,
    settings,
    found,
    weights,
    tradeOff: curve?.points ?? [],
  });
}
