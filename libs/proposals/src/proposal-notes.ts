import { beyondMeasured, type ObservedRange } from './beyond-measured.js';
import type { ProposalDocument } from './proposal-document.js';

type Judged = Omit<ProposalDocument, 'notes'>;

/** More names than this are counted instead. */
const NAMED = 6;

const list = (names: readonly string[]) => names.join(', ');
const few = (names: readonly string[]) =>
  names.length > NAMED ? `${list(names.slice(0, NAMED - 1))} and ${names.length - NAMED + 1} more` : list(names);
const short = (value: number) => String(Number(value.toPrecision(3)));

function aboutExtrapolation({ predicted }: Judged, observed: Readonly<Record<string, ObservedRange>>): string[] {
  return beyondMeasured(predicted, observed).map(({ target, mean, least, most }) => {
    const impossible = mean <= 0 && least > 0 ? ', which no loss can be' : '';
    return (
      `the predicted ${target} of the proposal, ${mean.toPrecision(3)}${impossible}, lies beyond every measured run ` +
      `(${least.toPrecision(3)} to ${most.toPrecision(3)}): the fit extrapolates there`
    );
  });
}

function aboutConstraints({ baselines, constraints, epochs, bestObserved, weights }: Judged): string[] {
  const notes: string[] = [];
  const { natural, uniform, given } = baselines;
  if (natural.source === 'mean of the sampled mixtures') {
    notes.push('no prior and no tokens were given: "natural" is the mean of the sampled mixtures');
  }
  if (!epochs) notes.push('no prior and no tokens were given, so nothing caps how often a domain is repeated');
  for (const [name, { violates }] of Object.entries({ natural, uniform })) {
    if (violates.length > 0) notes.push(`the ${name} mixture breaks the constraints on ${few(violates)}`);
  }
  if (given && given.violates.length > 0) {
    notes.push(`${given.name} breaks the constraints on ${few(given.violates)}`);
  }
  if (bestObserved && !bestObserved.withinConstraints) {
    notes.push('the best observed mixture breaks constraints; bestObservedWithinConstraints is the best that does not');
  }
  if (constraints.excluded.length > 0) {
    notes.push(`left out for their licence: ${list(constraints.excluded)}`);
  }
  if (constraints.minimumNonzero !== null) {
    const used = Object.values(weights).filter((w) => w > 0).length;
    notes.push(
      `every weight is 0 or at least ${constraints.minimumNonzero}: which of the domains are used, ${used} here, was ` +
        'found by a local search that optimised the weights again for each choice it tried',
    );
  }
  return notes;
}

function aboutRepetition({ repetition }: Judged): string[] {
  if (!repetition) return [];
  const repeated = Object.entries(repetition.domains).filter(([, { efficiency }]) => efficiency < 0.9);
  const notes = repeated.map(
    ([name, { epochs, efficiency }]) =>
      `${name} is passed over ${short(epochs)} times, which the repetition law values at ${short(100 * efficiency)}% ` +
      'of as many new tokens',
  );
  if (repetition.inObjective) {
    notes.push('the price of repetition was part of what was minimised; the predictions shown are without it');
  }
  return notes;
}

function aboutGain({ predictedObjective, baselines, bestObserved, recommended, provenance }: Judged): string[] {
  const notes: string[] = [];
  if (bestObserved?.withinConstraints && bestObserved.predictedObjective.mean < predictedObjective.mean) {
    notes.push('the fit predicts a lower objective for the best observed mixture than for the proposal: train both');
  }
  const { standardError, mean } = predictedObjective;
  const { given } = baselines;
  if (given && given.objective.mean < mean) {
    notes.push(`the fit predicts a lower objective for ${given.name} than for the proposal: train both`);
  }
  const gain = baselines.natural.objective.mean - mean;
  if (standardError !== null && gain <= standardError) {
    notes.push(
      `the predicted gain over natural, ${short(gain)}, does not exceed the standard error of a prediction, ` +
        `${short(standardError)}: confirm by training both`,
    );
  }
  if (recommended.mixture === 'best-observed')
    notes.push(`by the fit alone, the best measured mixture is recommended: ${recommended.reason}`);
  const { optimiser } = provenance;
  if (!optimiser.converged) notes.push(`the ${optimiser.used} optimiser did not converge: ${optimiser.reason}`);
  return notes;
}

/** What a reader of the proposal should know, in sentences. */
export function notesOn(document: Judged, observed: Readonly<Record<string, ObservedRange>>): string[] {
  const { fits, unfitted, provenance, extrapolation, abstained } = document;
  const notes = [...aboutConstraints(document), ...aboutRepetition(document)];
  for (const [target, reason] of Object.entries(unfitted))
    notes.push(`${target} is left out, without a fit: ${reason}`);
  const silent = Object.keys(fits).filter((t) => !fits[t]!.signal.present);
  if (silent.length > 0 && !abstained) {
    notes.push(`no signal in ${list(silent)}: their observed mean stands in for a prediction`);
  }
  if (provenance.renormalised > 0)
    notes.push(`${provenance.renormalised} mixtures summed to 1 only within 0.005 and were renormalised`);
  if (extrapolation.outside) {
    const most =
      extrapolation.unseen.length > 0 ? `, with more ${list(extrapolation.unseen)} than twice any run's` : '';
    notes.push(`the proposal lies outside the sampled region${most}: treat its predictions with care`);
  }
  if (!abstained) notes.push(...aboutExtrapolation(document, observed), ...aboutGain(document));
  return notes;
}
