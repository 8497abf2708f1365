import {
  type CorpusRecord,
  contentHash,
  describeProposal,
  doubtOf,
  NotFound,
  type ProposalRecord,
  type Recommended,
  recommendationOf,
  StateConflict,
  type SweepContext,
  type SweepRecord,
  substitutionOf,
} from '#libs/sweeps';
import { type CanonicalProposal, canonicalProposal } from '#libs/training-configs';
import { factsByDomain, limitsOf } from './corpus-facts.js';

/** Weights with all that is known of where they come from and what they are for. */
export interface MixtureToExport {
  readonly sweepId: string;
  /** Null when the mixture is not a proposal. */
  readonly proposalId: string | null;
  /** "proposal", or which other mixture these are the weights of. */
  readonly mixture: string;
  /** What must not be overlooked. It stands in the provenance too, and so in the files: see `withAttention`. */
  readonly attention: string | null;
  readonly canonical: CanonicalProposal;
}

interface Origin {
  readonly sweep: SweepRecord;
  readonly corpus: CorpusRecord;
  readonly proposal: ProposalRecord;
}

/** The weights of a proposal, whatever is recommended. Throws NotFound. */
export async function findProposedMixture(context: SweepContext, proposalId: string): Promise<MixtureToExport> {
  const proposal = await context.store.findProposal(proposalId);
  if (proposal === null) throw new NotFound('proposal', proposalId);
  return proposed(await originOf(context, proposal));
}

/** The mixture that a sweep recommends: its confirmation runs, else its fit. Throws NotFound or StateConflict. */
export async function findRecommendedMixture(context: SweepContext, sweepId: string): Promise<MixtureToExport> {
  const sweep = await context.store.findSweep(sweepId);
  if (sweep === null) throw new NotFound('sweep', sweepId);
  const proposal = sweep.proposalId === null ? null : await context.store.findProposal(sweep.proposalId);
  if (proposal === null) throw new StateConflict(`Sweep ${sweepId} has no proposal yet (it is ${sweep.state}).`);
  const origin = await originOf(context, proposal);
  const recommended = recommendationOf(origin.sweep, proposal);
  return recommended === null || recommended.mixture === 'proposal' ? proposed(origin) : other(origin, recommended);
}

/** The attention belongs to the provenance: it stands in the files, so that their digest changes when it does. */
export function withAttention(canonical: CanonicalProposal, attention: string | null): CanonicalProposal {
  return { ...canonical, provenance: { ...canonical.provenance, attention } };
}

async function originOf({ store }: SweepContext, proposal: ProposalRecord): Promise<Origin> {
  const sweep = await store.findSweep(proposal.sweepId);
  const corpus = sweep && (await store.findCorpus(sweep.corpusId));
  if (!corpus) throw new NotFound('sweep', proposal.sweepId);
  return { sweep, corpus, proposal };
}

function proposed({ sweep, corpus, proposal }: Origin): MixtureToExport {
  const attention = doubtOf(sweep, proposal);
  const canonical = canonicalProposal(describeProposal(proposal), {
    ...factsByDomain(corpus),
    ...limitsOf(proposal.document, sweep, corpus),
  });
  return {
    sweepId: sweep.id,
    proposalId: proposal.id,
    mixture: 'proposal',
    attention,
    canonical: withAttention(canonical, attention),
  };
}

/** A mixture that was trained and measured but is no proposal. */
function other({ sweep, corpus, proposal }: Origin, recommended: Recommended): MixtureToExport {
  const { mixture, weights, statement } = recommended;
  const attention = substitutionOf(recommended);
  const canonical = canonicalProposal(
    {
      id: sweep.id,
      // No proposal has these weights, but the files must still lead back to what they come from.
      hash: contentHash([sweep.id, mixture, weights]),
      createdAt: ((sweep.confirmation && sweep.finishedAt) ?? proposal.createdAt).toISOString(),
      recommended: { mixture, weights, reason: statement },
      provenance: { sweepId: sweep.id },
    },
    { ...factsByDomain(corpus), ...limitsOf(proposal.document, sweep, corpus), mixture: 'recommended' },
  );
  return {
    sweepId: sweep.id,
    proposalId: null,
    mixture,
    attention,
    canonical: withAttention(canonical, attention),
  };
}
