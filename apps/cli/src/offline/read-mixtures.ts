import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import { UnusableInput } from '../cli.errors.js';
import { listSome } from './list-some.js';
import { type CsvTable, describeCell, isDeclaredMissing } from './read-csv.js';

export interface MixtureRow {
  /** Row in the file, from 0. */
  readonly row: number;
  readonly weights: number[];
}

export interface ReadMixtures {
  readonly rows: readonly MixtureRow[];
  readonly notes: readonly string[];
  /** Rows whose sum differed from 1 and was within 0.005 of it. */
  readonly renormalised: number;
}

/** How row `r` is named in messages: by its id if it has one. */
export function rowLabel(table: CsvTable, r: number): string {
  for (const [column, ids] of table.ids) return `${column} ${ids[r]}`;
  return `row ${r + 1}`;
}

/**
 * The weights of every row in the order of `domains`, summing to 1. Rows with a missing cell are left out and named
 * in the notes; text, a negative weight, a sum off by more than 0.005 and percentages are refused.
 */
export function readMixtures(table: CsvTable, domains: readonly string[]): ReadMixtures {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const missing = domains.filter((name) => !byName.has(name));
  const unknown = table.columns.filter(({ name }) => !domains.includes(name)).map(({ name }) => name);
  const say = (what: string, names: readonly string[]) => (names.length > 0 ? [`${what} ${names.join(', ')}`] : []);
  const complaints = [...say('it lacks the domains', missing), ...say('it has columns that are no domain:', unknown)];
  if (complaints.length > 0)
    throw new UnusableInput(`${table.path} does not match the weights: ${complaints.join('; ')}`);
  const columns = domains.map((name) => byName.get(name)!);
  const rows: MixtureRow[] = [];
  const notes: string[] = [];
  const sums: number[] = [];
  for (let r = 0; r < table.rows; r++) {
    const broken = columns.find(({ values }) => Number.isNaN(values[r]!));
    if (broken) {
      const cell = describeCell(broken.cells[r]!);
      if (!isDeclaredMissing(broken.cells[r]!) || /inf/i.test(broken.cells[r]!)) {
        throw new UnusableInput(
          `${table.path}: ${rowLabel(table, r)}: the weight of "${broken.name}" must be a number in [0, 1]; got ${cell}`,
        );
      }
      notes.push(`${table.path}: ${rowLabel(table, r)} left out: its weight of "${broken.name}" is ${cell}`);
      continue;
    }
    try {
      const read = normaliseWeights(
        domains,
        columns.map(({ values }) => values[r]!),
      );
      if (read.renormalised) sums.push(read.sum);
      rows.push({ row: r, weights: read.weights });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // A sum that is off is often a column, such as a seed, that is no domain.
      const taken = error.code === 'WEIGHTS_SUM' ? ` (columns taken as domains: ${listSome(domains)})` : '';
      throw new UnusableInput(`${table.path}: ${rowLabel(table, r)}: ${error.message}${taken}`, { cause: error });
    }
  }
  if (sums.length > 0) {
    const range = `${Math.min(...sums).toFixed(4)} to ${Math.max(...sums).toFixed(4)}`;
    notes.push(
      `${table.path}: weights of ${sums.length} of ${table.rows} rows summed to ${range} and were renormalised`,
    );
  }
  return { rows, notes, renormalised: sums.length };
}
