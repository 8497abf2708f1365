import { stringify } from 'csv-stringify/sync';
import { fixedDecimals } from '../../fixed-decimals.js';
import type { ExportedFile, ExportPlan } from '../../format.js';

/** mixture.csv: one row per domain. CSV has no comments, so proposal and hash stand in columns of their own. */
export function writeCsv({ proposal, entries }: ExportPlan): ExportedFile[] {
  const decimals = fixedDecimals(entries.map(({ weight }) => weight));
  const rows = entries.map(({ domain, epochs, tokens }, i) => [
    domain,
    decimals[i],
    epochs === undefined ? '' : epochs.toFixed(6),
    tokens === undefined ? '' : tokens.toFixed(0),
    proposal.proposalId ?? '',
    proposal.hash ?? '',
  ]);
  const content = stringify([['domain', 'weight', 'epochs', 'tokens', 'proposal', 'hash'], ...rows], {
    quoted_match: /^\s|\s$/,
    record_delimiter: '\n',
  });
  return [{ path: 'mixture.csv', content }];
}
