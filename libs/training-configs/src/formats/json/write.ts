import { fixedDecimals } from '../../fixed-decimals.js';
import type { ExportedFile, ExportPlan } from '../../format.js';

/** mixture.json: `weights` by domain as numbers in fixed decimals, so that no reader meets an exponent. */
export function writeJson({ proposal, entries, dropped, warnings }: ExportPlan): ExportedFile[] {
  const decimals = fixedDecimals(entries.map(({ weight }) => weight));
  const weights = entries.map(({ domain }, i) => `    ${JSON.stringify(domain)}: ${decimals[i]}`);
  const domains = entries.map(({ domain, epochs, tokens }) => ({ domain, epochs, tokens }));
  const rest = {
    proposalId: proposal.proposalId,
    hash: proposal.hash,
    createdAt: proposal.createdAt,
    unit: 'share of training tokens',
    targetTokens: proposal.targetTokens ?? null,
    domains,
    dropped,
    warnings,
    provenance: proposal.provenance,
  };
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  return [{ path: 'mixture.json', content: `${head},\n  "weights": {\n${weights.join(',\n')}\n  }\n}\n` }];
}
