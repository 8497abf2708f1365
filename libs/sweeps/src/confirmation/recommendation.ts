import type { Confirmation } from '#libs/contracts';
import type { ProposalRecord, SweepRecord } from '../ports/records.js';

/** A mixture that is recommended, by the confirmation runs or, where there are none, by the fit. */
export interface Recommended {
  readonly mixture: Confirmation['recommended'];
  /** As sentences call it. */
  readonly title: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly statement: string;
}

type Judged = Pick<SweepRecord, 'id' | 'state' | 'proposalId' | 'confirmation' | 'specification'>;
type Asked = Pick<ProposalRecord, 'id' | 'document'>;

/**
 * What was measured decides; without confirmation runs of this proposal, what the fit says of it. Null where the
 * document says nothing, as those of older versions may.
 */
export function recommendationOf(sweep: Judged, proposal: Asked): Recommended | null {
  const confirmation = confirmationOf(sweep, proposal);
  if (confirmation !== null) {
    const { recommended, weights, statement } = confirmation;
    return { mixture: recommended, title: titleOf(recommended, confirmation.baseline), weights, statement };
  }
  const said = proposal.document.recommended as Partial<Recommended & { reason: string }> | null | undefined;
  if (!said?.mixture || !said.weights) return null;
  const reason = String(said.reason);
  const sentence = /[.!?]$/.test(reason) ? reason : `${reason}.`;
  const statement = `No confirmation run has tested either; the fit says: ${sentence}`;
  return { mixture: said.mixture, title: titleOf(said.mixture), weights: said.weights, statement };
}

/** What must not be overlooked about the weights of a proposal: another mixture is better, or nothing was trained. */
export function doubtOf(sweep: Judged, proposal: Asked): string | null {
  const recommended = recommendationOf(sweep, proposal);
  const tested = confirmationOf(sweep, proposal) !== null;
  if (recommended && recommended.mixture !== 'proposal') {
    const who = tested ? 'the confirmation runs recommend' : 'its document recommends';
    const own = proposal.id === sweep.proposalId;
    const instead = own ? ` "cuvee pull ${sweep.id}" writes the recommended one.` : '';
    return `${who} ${recommended.title} instead of this proposal. ${recommended.statement}${instead}`;
  }
  if (tested) return null;
  if (sweep.confirmation !== null) {
    return `no confirmation run has tested this proposal: those of ${sweep.id} tested ${sweep.proposalId}.`;
  }
  return sweep.specification.trainer === null
    ? 'its runs were imported, so no confirmation run has tested this proposal: train it beside natural.'
    : `no confirmation run has tested this proposal yet (the sweep is ${sweep.state}).`;
}

/** What must not be overlooked about the weights of a recommended mixture that is no proposal. */
export function substitutionOf({ title, statement }: Recommended): string {
  return `these are the weights of ${title}, not of the proposal. ${statement}`;
}

/** The runs tested the proposal that the sweep itself made, and say nothing of another one from the same fit. */
function confirmationOf(sweep: Judged, { id }: Asked): Confirmation | null {
  return id === sweep.proposalId ? sweep.confirmation : null;
}

function titleOf(mixture: Confirmation['recommended'], baseline?: string): string {
  if (mixture === 'baseline' && baseline !== undefined) return `the baseline "${baseline}"`;
  return `the ${mixture === 'best-observed' ? 'best observed' : mixture} mixture`;
}
