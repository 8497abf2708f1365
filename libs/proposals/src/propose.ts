// From measured runs to proposed weights: fit every target, find where the objective is lowest inside the caps, and
// say everything needed to judge the answer. Abstains, proposing the natural mixture, when no target of the objective
// can be told from noise.
import { assertDomainNames, capViolations, fillToCaps, InvalidInputError, normaliseWeights } from '#libs/simplex';
import { type FitDiagnostics, fitTargets } from '#libs/surrogates';
import { findBestObserved, observedObjective } from './best-observed.js';
import { type Availability, type AvailabilityInput, resolveAvailability } from './constraints.js';
import { evaluateObjective, type Objective, resolveObjective } from './objective.js';
import { PredictedObjective } from './predicted-objective.js';
import type { PredictedLosses, ProposalDocument } from './proposal-document.js';
import { notesOn, type ObservedRange } from './proposal-notes.js';
import { locateInSamples, REGION_RULE } from './sampled-region.js';
import { simulateAndAverage } from './simulate-and-average.js';

export interface ProposeInput extends AvailabilityInput {
  readonly domains: readonly string[];
  /** n mixtures of m weights in the order of `domains`. */
  readonly mixtures: readonly ArrayLike<number>[];
  /** n losses per target; NaN, infinity or null where a run diverged or did not measure it. */
  readonly losses: Readonly<Record<string, ArrayLike<number | null>>>;
  /** Default: the equal-weighted mean of all targets. */
  readonly objective?: Objective;
  /** "auto" or a surrogate's name. Default "auto". */
  readonly model?: string;
  /** Mixtures simulated. Default 100 000. */
  readonly samples?: number;
  /** Best mixtures averaged. Default 128. */
  readonly top?: number;
  /** Dirichlet strengths of the simulation. Default [1, 4, 16]. */
  readonly strengths?: readonly number[];
  readonly folds?: number;
  /** Default 42. */
  readonly seed?: number;
  /** The runs' own names, in the order of `mixtures`, repeated in the answer. */
  readonly runIds?: readonly (string | number)[];
  /** Hash of the inputs, computed by the caller and carried into the provenance. */
  readonly inputsHash?: string;
  readonly onProgress?: (progress: ProposeProgress) => void;
}

export interface ProposeProgress {
  readonly phase: 'fit' | 'simulate';
  readonly done: number;
  readonly total: number;
  /** The target being fitted. */
  readonly target?: string;
}

export const DEFAULT_SAMPLES = 100_000;
export const DEFAULT_TOP = 128;
/** RegMix's strength 1 reaches the corners; the larger ones fill the middle, which it hardly visits. */
export const DEFAULT_STRENGTHS: readonly number[] = [1, 4, 16];
/** A cap is called binding when the proposal uses at least this share of it. */
const BINDING_SHARE = 0.95;

function checkShapes(input: ProposeInput): { mixtures: number[][]; renormalised: number } {
  assertDomainNames(input.domains);
  if (Object.keys(input.losses).length === 0) {
    throw new InvalidInputError('TARGETS_EMPTY', 'at least one target is needed', { argument: 'losses' });
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

function toRecord<T>(names: readonly string[], values: ArrayLike<T>): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

interface Decision {
  readonly weights: number[];
  readonly repairedShare: number | null;
  readonly strength: number | null;
  readonly abstained: { readonly reason: string } | null;
}

function decide(
  input: ProposeInput,
  availability: Availability,
  predictions: PredictedObjective,
  fits: Readonly<Record<string, FitDiagnostics>>,
  objective: Objective,
): Decision {
  const caps = availability.caps ?? availability.prior.map(() => 1);
  if (!predictions.hasSignal) {
    const reasons = Object.keys(objective.targets).map((target) => `${target}: ${fits[target]!.signal.reason}`);
    const within = capViolations(availability.prior, caps).length === 0;
    const what = within ? 'the natural mixture' : 'the natural mixture brought inside the caps';
    const reason = `no target of the objective has signal, so ${what} is proposed. ${reasons.join('; ')}`;
    return {
      weights: fillToCaps(availability.prior, caps),
      repairedShare: null,
      strength: null,
      abstained: { reason },
    };
  }
  const settings = {
    samples: input.samples ?? DEFAULT_SAMPLES,
    top: input.top ?? Math.min(DEFAULT_TOP, input.samples ?? DEFAULT_SAMPLES),
    strengths: input.strengths ?? DEFAULT_STRENGTHS,
    seed: input.seed ?? 42,
  };
  const found = simulateAndAverage(
    availability.prior,
    caps,
    settings,
    (rows) => predictions.combined(rows),
    (done, total) => input.onProgress?.({ phase: 'simulate', done, total }),
  );
  return { ...found, abstained: null };
}

function observedRange(losses: ArrayLike<number | null>, rows: readonly number[]): ObservedRange {
  let [least, most] = [Infinity, -Infinity];
  for (const r of rows) {
    least = Math.min(least, losses[r]!);
    most = Math.max(most, losses[r]!);
  }
  return { least, most };
}

/**
 * Proposes domain weights from measured runs. Deterministic: the same input and seed give the same document.
 * Throws InvalidInputError for wrong shapes, unknown names, too few rows (5 finite losses per target, 2 distinct
 * mixtures) and caps that admit no mixture, naming the binding domains.
 */
export function propose(input: ProposeInput): ProposalDocument {
  const { mixtures, renormalised } = checkShapes(input);
  const { domains, losses } = input;
  const targets = Object.keys(losses);
  const seed = input.seed ?? 42;
  const objective = resolveObjective(input.objective, targets);
  const availability = resolveAvailability(domains, mixtures, input);
  const model = input.model ?? 'auto';
  const fitted = fitTargets(mixtures, losses, { model, seed, folds: input.folds }, (target, done, total) =>
    input.onProgress?.({ phase: 'fit', done, total, target }),
  );
  const fits = Object.fromEntries(targets.map((target) => [target, fitted[target]!.diagnostics]));
  const predictions = new PredictedObjective(fitted, objective, losses);
  const { weights, repairedShare, strength, abstained } = decide(input, availability, predictions, fits, objective);

  const observed = observedObjective(objective, losses);
  const caps = availability.caps;
  const withinCaps = (row: ArrayLike<number>) => caps === null || capViolations(row, caps).length === 0;
  const describeBest = (best: ReturnType<typeof findBestObserved>) =>
    best && {
      ...best,
      run: input.runIds?.[best.index] ?? null,
      weights: toRecord(domains, mixtures[best.index]!),
      withinCaps: withinCaps(mixtures[best.index]!),
    };
  const best = findBestObserved(mixtures, observed);
  const uniform = domains.map(() => 1 / domains.length);
  const compared = [weights, availability.prior, uniform, ...(best ? [mixtures[best.index]!] : [])];
  const asLosses = (values: Float64Array, standardError: number | null, signal: boolean): PredictedLosses => ({
    proposal: values[0]!,
    natural: values[1]!,
    uniform: values[2]!,
    bestObserved: best ? values[3]! : null,
    standardError,
    signal,
  });
  const byTarget = Object.fromEntries(targets.map((target) => [target, predictions.target(target, compared)]));
  const predicted = Object.fromEntries(
    targets.map((t) => [t, asLosses(byTarget[t]!, fits[t]!.outOfFold.rmse, fits[t]!.signal.present)]),
  );
  const predictedObjective = asLosses(
    evaluateObjective(objective, byTarget),
    predictions.outOfFoldRmse(observed),
    predictions.hasSignal,
  );
  const region = locateInSamples(weights, mixtures);
  const violating = (row: readonly number[]) => (caps ? capViolations(row, caps).map((i) => domains[i]!) : []);
  const constraints = {
    caps: caps && toRecord(domains, caps),
    binding: domains.filter((_, i) => caps !== null && caps[i]! < 1 && weights[i]! >= BINDING_SHARE * caps[i]!),
    naturalViolates: violating(availability.prior),
    uniformViolates: violating(uniform),
    maxEpochs: availability.maxEpochs,
    targetTokens: availability.targetTokens,
  };
  const document: Omit<ProposalDocument, 'notes'> = {
    weights: toRecord(domains, weights),
    epochs:
      availability.epochsAtFullWeight &&
      toRecord(
        domains,
        weights.map((w, i) => (w === 0 ? 0 : w * availability.epochsAtFullWeight![i]!)),
      ),
    tokens: availability.tokens && toRecord(domains, availability.tokens),
    objective,
    predicted,
    predictedObjective,
    standardErrorBasis: 'out-of-fold RMSE of the fit: the error of predicting one run, its seed noise included',
    natural: { source: availability.priorSource, weights: toRecord(domains, availability.prior) },
    bestObserved: describeBest(best),
    bestObservedWithinCaps: describeBest(findBestObserved(mixtures, observed, (r) => withinCaps(mixtures[r]!))),
    nearestSampled: {
      index: region.index,
      run: input.runIds?.[region.index] ?? null,
      distance: region.distance,
      limit: region.limit,
      outsideSampledRegion: region.outside,
      rule: REGION_RULE,
    },
    constraints,
    fits,
    abstained,
    provenance: {
      method: abstained ? 'abstained' : 'simulate-and-average',
      model,
      seed,
      samples: input.samples ?? DEFAULT_SAMPLES,
      top: input.top ?? Math.min(DEFAULT_TOP, input.samples ?? DEFAULT_SAMPLES),
      strengths: [...(input.strengths ?? DEFAULT_STRENGTHS)],
      strength,
      repairedShare,
      inputsHash: input.inputsHash ?? null,
      runs: mixtures.length,
      renormalised,
      leftOut: Object.fromEntries(targets.map((t) => [t, mixtures.length - fitted[t]!.rowsUsed.length])),
    },
  };
  const ranges = Object.fromEntries(targets.map((t) => [t, observedRange(losses[t]!, fitted[t]!.rowsUsed)]));
  return { ...document, notes: notesOn(document, ranges) };
}
