import type { FitResponse, ProposalResponse } from '#libs/contracts';
import type { FitRecord, ProposalRecord } from '../ports/records.js';

export function describeFit(fit: FitRecord): FitResponse {
  return { ...fit, createdAt: fit.createdAt.toISOString() };
}

export function describeProposal(proposal: ProposalRecord): ProposalResponse {
  return { ...proposal, createdAt: proposal.createdAt.toISOString() };
}
