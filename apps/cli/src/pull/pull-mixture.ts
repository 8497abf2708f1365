import { createHash } from 'node:crypto';
import type { Confirmation, ExportResponse, SweepResponse } from '#libs/contracts';
import { canonicalProposal, exportProposal } from '#libs/training-configs';
import { CommandFailed } from '../cli.errors.js';
import type { ApiClient } from '../client/api-client.js';

export interface PulledMixture extends ExportResponse {
  mixture: Confirmation['recommended'];
  sweepId: string;
  /** Null when the mixture is not a proposal. */
  proposalId: string | null;
  /** What must not be overlooked: the mixture is not the sweep's proposal, or nothing has confirmed it. */
  loudly: string | null;
}

export type FormatOptions = { prefix?: string; valid?: string[]; test?: string[] };

/** The files of a proposal, or of the mixture which a sweep recommends. */
export async function pullMixture(
  client: ApiClient,
  id: string,
  format: string,
  options: FormatOptions,
): Promise<PulledMixture> {
  if (!id.startsWith('swp_')) {
    const proposal = await client.proposal(id);
    const sweep = await client.sweep(proposal.sweepId);
    const exported = await client.exportProposal(id, format, options);
    return { ...exported, mixture: 'proposal', sweepId: sweep.id, proposalId: id, loudly: doubtOf(sweep) };
  }
  const sweep = await client.sweep(id);
  if (sweep.proposalId === null) throw new CommandFailed(`sweep ${id} has no proposal yet (it is ${sweep.state})`);
  const { confirmation } = sweep;
  if (confirmation === null || confirmation.recommended === 'proposal') {
    const exported = await client.exportProposal(sweep.proposalId, format, options);
    return { ...exported, mixture: 'proposal', sweepId: id, proposalId: sweep.proposalId, loudly: doubtOf(sweep) };
  }
  return {
    ...(await exportRecommended(client, sweep, confirmation, format, options)),
    mixture: confirmation.recommended,
    sweepId: id,
    proposalId: null,
    loudly: `these are the weights of the ${label(confirmation.recommended)} mixture, not of the proposal. ${confirmation.statement}`,
  };
}

/** A mixture that was trained and measured but is no proposal: written here, by the exporters that the API uses. */
async function exportRecommended(
  client: ApiClient,
  sweep: SweepResponse,
  confirmation: Confirmation,
  format: string,
  options: FormatOptions,
): Promise<ExportResponse> {
  const corpus = await client.corpus(sweep.corpusId);
  const tokens = Object.fromEntries(corpus.domains.map((domain) => [domain.name, domain.tokens]));
  const total = corpus.domains.reduce((sum, domain) => sum + domain.tokens, 0);
  const { weights, recommended } = confirmation;
  const hash = createHash('sha256')
    .update(JSON.stringify([sweep.id, recommended, weights]))
    .digest('hex');
  const canonical = canonicalProposal(
    {
      // No proposal has these weights, but the files must still lead back to what they come from.
      id: `${sweep.id}:${recommended}`,
      hash: `sha256:${hash}`,
      weights: confirmation.weights,
      provenance: { sweepId: sweep.id, mixture: confirmation.recommended, statement: confirmation.statement },
    },
    {
      tokens,
      targetTokens: sweep.specification.constraints.targetTokens ?? total,
      locations: Object.fromEntries(corpus.domains.map((domain) => [domain.name, domain.locations ?? {}])),
    },
  );
  const { files, warnings } = exportProposal(canonical, format, { ...options });
  return { format, files: [...files], warnings: [...warnings] };
}

function doubtOf(sweep: SweepResponse): string | null {
  const { confirmation } = sweep;
  if (confirmation === null) return `no confirmation run has tested this proposal yet (the sweep is ${sweep.state}).`;
  if (confirmation.recommended === 'proposal') return null;
  return (
    `the confirmation runs recommend the ${label(confirmation.recommended)} mixture instead of this proposal. ` +
    `${confirmation.statement} "cuvee pull ${sweep.id}" writes the recommended one.`
  );
}

function label(mixture: Confirmation['recommended']): string {
  return mixture === 'best-observed' ? 'best observed' : mixture;
}
