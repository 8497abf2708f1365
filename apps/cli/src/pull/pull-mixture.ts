import { createHash } from 'node:crypto';
import type { Confirmation, ExportResponse, ProposalResponse, SweepResponse } from '#libs/contracts';
import { canonicalProposal, exportProposal } from '#libs/training-configs';
import { CommandFailed } from '../cli.errors.js';
import type { ApiClient } from '../client/api-client.js';
import { readProposalDocument } from '../client/documents.js';

/** A mixture that is recommended, by the confirmation runs or, where there are none, by the fit. */
interface Recommended {
  readonly mixture: Confirmation['recommended'];
  readonly weights: Readonly<Record<string, number>>;
  readonly statement: string;
}

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
    const recommended = recommendationOf(sweep, proposal);
    return { ...exported, mixture: 'proposal', sweepId: sweep.id, proposalId: id, loudly: doubtOf(sweep, recommended) };
  }
  const sweep = await client.sweep(id);
  if (sweep.proposalId === null) throw new CommandFailed(`sweep ${id} has no proposal yet (it is ${sweep.state})`);
  const recommended = recommendationOf(sweep, await client.proposal(sweep.proposalId));
  const { mixture } = recommended;
  if (mixture === 'proposal') {
    const exported = await client.exportProposal(sweep.proposalId, format, options);
    return { ...exported, mixture, sweepId: id, proposalId: sweep.proposalId, loudly: doubtOf(sweep, recommended) };
  }
  return {
    ...(await exportRecommended(client, sweep, recommended, format, options)),
    mixture,
    sweepId: id,
    proposalId: null,
    loudly: `these are the weights of the ${label(mixture)} mixture, not of the proposal. ${recommended.statement}`,
  };
}

/** What was measured decides; without confirmation runs, what the fit says of the proposal. */
function recommendationOf({ confirmation }: SweepResponse, proposal: ProposalResponse): Recommended {
  if (confirmation !== null) {
    const { recommended, weights, statement } = confirmation;
    return { mixture: recommended, weights, statement };
  }
  const { mixture, weights, reason } = readProposalDocument(proposal).recommended;
  return { mixture, weights, statement: `No confirmation run has tested either; the fit says: ${reason}` };
}

/** A mixture that was trained and measured but is no proposal: written here, by the exporters that the API uses. */
async function exportRecommended(
  client: ApiClient,
  sweep: SweepResponse,
  { mixture, weights, statement }: Recommended,
  format: string,
  options: FormatOptions,
): Promise<ExportResponse> {
  const corpus = await client.corpus(sweep.corpusId);
  const known = corpus.domains.flatMap(({ name, tokens }) => (tokens === null ? [] : [[name, tokens] as const]));
  const complete = known.length === corpus.domains.length;
  const total = known.reduce((sum, [, tokens]) => sum + tokens, 0);
  const hash = createHash('sha256')
    .update(JSON.stringify([sweep.id, mixture, weights]))
    .digest('hex');
  const canonical = canonicalProposal(
    {
      // No proposal has these weights, but the files must still lead back to what they come from.
      id: `${sweep.id}:${mixture}`,
      hash: `sha256:${hash}`,
      weights,
      provenance: { sweepId: sweep.id, mixture, statement },
    },
    {
      tokens: Object.fromEntries(known),
      targetTokens: sweep.specification.constraints.targetTokens ?? (complete ? total : undefined),
      locations: Object.fromEntries(corpus.domains.map((domain) => [domain.name, domain.locations ?? {}])),
    },
  );
  const { files, warnings } = exportProposal(canonical, format, { ...options });
  return { format, files: [...files], warnings: [...warnings] };
}

function doubtOf(sweep: SweepResponse, { mixture, statement }: Recommended): string | null {
  const tested = sweep.confirmation !== null;
  if (mixture !== 'proposal') {
    const who = tested ? 'the confirmation runs recommend' : 'its document recommends';
    return (
      `${who} the ${label(mixture)} mixture instead of this proposal. ` +
      `${statement} "cuvee pull ${sweep.id}" writes the recommended one.`
    );
  }
  if (tested) return null;
  return sweep.specification.trainer === null
    ? 'its runs were imported, so no confirmation run has tested this proposal: train it beside natural.'
    : `no confirmation run has tested this proposal yet (the sweep is ${sweep.state}).`;
}

function label(mixture: Confirmation['recommended']): string {
  return mixture === 'best-observed' ? 'best observed' : mixture;
}
