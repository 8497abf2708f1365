import type { FitResponse, ProposalList, ProposalResponse } from '#libs/contracts';
import type { FitRecord, ProposalRecord } from '../ports/records.js';

export function describeFit(fit: FitRecord): FitResponse {
  const { settings, claim: _claim, leaseUntil: _lease, lost: _lost, runIds: _runs, ...shown } = fit;
  return {
    ...shown,
    // Fits from before there were settings were made on five folds.
    folds: settings.folds ?? 5,
    createdAt: fit.createdAt.toISOString(),
    startedAt: fit.startedAt?.toISOString() ?? null,
    finishedAt: fit.finishedAt?.toISOString() ?? null,
  };
}

export function describeProposal(proposal: ProposalRecord): ProposalResponse {
  return { ...proposal, createdAt: proposal.createdAt.toISOString() };
}

type Part = Record<string, unknown> | null | undefined;

/** What tells one proposal from another, without its document. */
export function summariseProposal(proposal: ProposalRecord): ProposalList['proposals'][number] {
  const { document, ...shown } = describeProposal(proposal);
  const optimiser = (document.provenance as Part)?.optimiser as Part;
  const recommended = document.recommended as Part;
  return {
    ...shown,
    objective: (document.objective as Part) ?? {},
    optimiser: typeof optimiser?.used === 'string' ? optimiser.used : null,
    recommended: typeof recommended?.mixture === 'string' ? recommended.mixture : null,
    abstained: Boolean(document.abstained),
  };
}
