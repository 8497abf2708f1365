import type { ProposalDocument } from './proposal-document.js';

/** The smallest and the largest measured loss of a target. */
export interface ObservedRange {
  readonly least: number;
  readonly most: number;
}

/** Targets whose predicted loss at the proposal no measured run came near: the error of the fit says nothing there. */
function beyondMeasured({ predicted }: Judged, observed: Readonly<Record<string, ObservedRange>>): string[] {
  return Object.entries(predicted).flatMap(([target, { proposal, standardError, signal }]) => {
    const { least, most } = observed[target]!;
    const slack = standardError ?? 0;
    if (!signal || (proposal >= least - slack && proposal <= most + slack)) return [];
    const impossible = proposal <= 0 && least > 0 ? ', which no loss can be' : '';
    return [
      `the predicted ${target} of the proposal, ${proposal.toPrecision(3)}${impossible}, lies beyond every measured run ` +
        `(${least.toPrecision(3)} to ${most.toPrecision(3)}): the fit extrapolates there`,
    ];
  });
}

type Judged = Omit<ProposalDocument, 'notes'>;

/** What a reader of the proposal should know, in sentences. */
export function notesOn(document: Judged, observed: Readonly<Record<string, ObservedRange>>): string[] {
  const { constraints, natural, nearestSampled, predictedObjective: objective, fits, provenance } = document;
  const notes: string[] = [];
  const list = (names: readonly string[]) => names.join(', ');
  if (natural.source === 'mean of the sampled mixtures') {
    notes.push('no prior and no tokens were given: "natural" is the mean of the sampled mixtures');
  }
  if (!document.epochs) notes.push('no prior and no tokens were given, so nothing caps how often a domain is repeated');
  if (constraints.naturalViolates.length > 0)
    notes.push(`the natural mixture breaks the caps of ${list(constraints.naturalViolates)}`);
  if (constraints.uniformViolates.length > 0)
    notes.push(`the uniform mixture breaks the caps of ${list(constraints.uniformViolates)}`);
  if (document.bestObserved && !document.bestObserved.withinCaps) {
    notes.push('the best observed mixture breaks the caps; bestObservedWithinCaps is the best that does not');
  }
  if (!document.abstained && objective.bestObserved !== null && objective.bestObserved < objective.proposal) {
    notes.push('the fit predicts a lower objective for the best observed mixture than for the proposal: train both');
  }
  const silent = Object.keys(fits).filter((t) => !fits[t]!.signal.present);
  if (silent.length > 0 && !document.abstained) {
    notes.push(`no signal in ${list(silent)}: their observed mean stands in for a prediction`);
  }
  if (provenance.renormalised > 0)
    notes.push(`${provenance.renormalised} mixtures summed to 1 only within 0.005 and were renormalised`);
  if (nearestSampled.outsideSampledRegion)
    notes.push('the proposal lies outside the sampled region: treat its predictions with care');
  if (!document.abstained) notes.push(...beyondMeasured(document, observed));
  if (!document.abstained && objective.standardError !== null) {
    const gain = objective.natural - objective.proposal;
    if (gain <= objective.standardError) {
      notes.push(
        `the predicted gain over natural, ${gain.toPrecision(3)}, does not exceed the standard error of a prediction, ` +
          `${objective.standardError.toPrecision(3)}: confirm by training both`,
      );
    }
  }
  return notes;
}
