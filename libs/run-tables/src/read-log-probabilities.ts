import { InvalidInputError } from '#libs/simplex';
import { describeCell } from './cells.js';
import { assertSameDomains, parseCsvTable } from './csv-table.js';
import type { LabelledText } from './run-table.js';

/**
 * Reads a CSV of log-probabilities: a column per domain, in any order, and a row per token. "-inf" says that an expert
 * rules the token out. Returns rows in the order of `domains`. Throws InvalidInputError as `parseCsvTable` does, or
 * DOMAINS_DIFFER or NOT_FINITE, naming row and column.
 */
export function readLogProbabilities(source: LabelledText, domains: readonly string[]): number[][] {
  const table = parseCsvTable(source);
  assertSameDomains(table, domains);
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  return Array.from({ length: table.rows }, (_, r) =>
    domains.map((domain) => {
      const { values, cells } = byName.get(domain)!;
      if (values[r]! < Number.POSITIVE_INFINITY) return values[r]!;
      const cell = cells[r]!;
      throw new InvalidInputError(
        'NOT_FINITE',
        `${source.label}: row ${r + 1}: "${domain}" must be a log-probability; got ${describeCell(cell)}`,
        { argument: source.label, row: r + 1, column: domain, value: cell, allowed: '[-inf, 0]' },
      );
    }),
  );
}
