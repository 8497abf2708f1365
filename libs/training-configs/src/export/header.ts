import type { PlannedPhase } from '../format.js';
import type { CanonicalProposal } from '../proposal/canonical-proposal.js';
import { type Unit, unitDescriptions } from './units.js';

/**
 * What a reader of the file should know of it: proposal, hash, time, unit, and the epochs each domain will see. Nothing in it changes
 * between two exports of one proposal, so that a file is replaced only when it says something else.
 */
export function headerLines(
  trainer: string,
  proposal: CanonicalProposal,
  unit: Unit,
  targetTokens: number | undefined,
  phases: readonly PlannedPhase[],
): string[] {
  const origin = [proposal.proposalId ?? 'weights without an id'];
  if (proposal.hash !== null) origin.push(proposal.hash);
  if (proposal.createdAt !== null) origin.push(`proposed ${proposal.createdAt}`);
  const lines = [
    `Cuvée: data mixture for ${trainer}`,
    `proposal: ${origin.join(', ')}`,
    ...(proposal.mixture === 'proposal' ? [] : [`mixture: ${proposal.mixture}, not the proposal itself`]),
    `unit: ${unitDescriptions[unit]}`,
    targetTokens === undefined ? 'run: length not known, so epochs are not either' : `run: ${targetTokens} tokens`,
  ];
  for (const phase of phases) {
    if (proposal.phases.length > 1)
      lines.push(`phase ${phase.name}, after ${shortNumber(100 * phase.start)} % of the tokens:`);
    for (const { domain, weight, epochs } of phase.entries) {
      const passes = epochs === undefined ? '' : `, ${shortNumber(epochs)} epochs`;
      lines.push(`  ${domain}: ${shortNumber(100 * weight)} % of the tokens${passes}`);
    }
    for (const { domain } of phase.dropped) lines.push(`  ${domain}: left out`);
  }
  // An id is any text: what would end a comment does not get into one.
  return lines.map((line) => line.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' '));
}

export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
