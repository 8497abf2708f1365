import { stringify } from 'csv-stringify/sync';
import type { ExportPlan, Written } from '../../format.js';

/** mixture.csv: one row per domain. CSV has no comments, so proposal and hash stand in columns of their own. */
export function writeCsv({ proposal, phases }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const rows = entries.map(({ domain, text, epochs, tokens }) => [
    domain,
    text,
    epochs === undefined ? '' : epochs.toFixed(6),
    tokens === undefined ? '' : tokens.toFixed(0),
    proposal.proposalId ?? '',
    proposal.hash ?? '',
  ]);
  const content = stringify([['domain', 'weight', 'epochs', 'tokens', 'proposal', 'hash'], ...rows], {
    quoted_match: /^\s|\s$/,
    record_delimiter: '\n',
  });
  const formulas = entries.filter(({ domain }) => /^[=+@-]/.test(domain)).map(({ domain }) => `"${domain}"`);
  return {
    files: [{ path: 'mixture.csv', content }],
    usage: ['The column weight holds the share of training tokens; its values sum to 1.'],
    warnings:
      formulas.length > 0
        ? [`Spreadsheets take ${formulas.join(', ')} for formulas: import the column domain as text.`]
        : [],
  };
}
