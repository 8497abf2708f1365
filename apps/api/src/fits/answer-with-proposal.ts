import type { ServerResponse } from 'node:http';
import type { CreateProposal, ProposalResponse } from '#libs/contracts';
import { describeProposal, type FitRunner, proposeAgain, type SweepContext } from '#libs/sweeps';
import { abortWhenGoneOrLate } from '../abort-when-gone.js';

/** What stands between a client and a proxy gives up after a minute as a rule. */
const seconds = 50;
const instead =
  'Ask for fewer samples or points, or POST the same to /v1/sweeps/{id}/fits, which answers at once and proposes later.';

/** Makes a proposal while the client waits; it takes seconds, except for hundreds of targets or a million samples. */
export async function answerWithProposal(
  { context, runner }: { context: SweepContext; runner: FitRunner },
  fitId: string,
  asked: CreateProposal,
  response: ServerResponse,
): Promise<ProposalResponse> {
  const signal = abortWhenGoneOrLate(response, seconds, instead);
  const proposal = await proposeAgain(context, runner, fitId, asked, signal);
  response.setHeader('Location', `/v1/proposals/${proposal.id}`);
  return describeProposal(proposal);
}
