import { InvalidInputError } from '#libs/simplex';
import { describeCell, isDeclaredMissing } from './cells.js';
import { assertSameDomains, type CsvTable, parseCsvTable, rowLabel } from './csv-table.js';
import { normaliseRows, type RawRow } from './normalise-rows.js';
import type { LabelledText } from './run-table.js';
import { countOf, listSome } from './wording.js';

export interface MixtureRows {
  /** Positions in the table, from 0, of the rows kept. */
  readonly rows: readonly number[];
  /** One per row kept. */
  readonly mixtures: readonly number[][];
  readonly notes: readonly string[];
  readonly renormalised: number;
}

/**
 * The weights of every row in the order of `domains`. Rows with a missing cell are left out and named in the notes;
 * text, an infinite or negative weight and a sum that is off are refused, naming row and column.
 */
export function readMixtureRows(table: CsvTable, domains: readonly string[]): MixtureRows {
  assertSameDomains(table, domains);
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const columns = domains.map((name) => byName.get(name)!);
  const rows: number[] = [];
  const raw: RawRow[] = [];
  const lost: string[] = [];
  for (let r = 0; r < table.rows; r++) {
    const broken = columns.find(({ values }) => !Number.isFinite(values[r]!));
    if (!broken) {
      rows.push(r);
      raw.push({ place: rowLabel(table, r), values: columns.map(({ values }) => values[r]!) });
      continue;
    }
    const written = broken.cells[r]!;
    if (!isDeclaredMissing(written) || /inf/i.test(written)) {
      throw new InvalidInputError(
        'WEIGHT_NOT_FINITE',
        `${table.label}: ${rowLabel(table, r)}: the weight of "${broken.name}" must be a number in [0, 1]; got ${describeCell(written)}`,
        { argument: table.label, row: rowLabel(table, r), column: broken.name, value: written, allowed: '[0, 1]' },
      );
    }
    lost.push(`${rowLabel(table, r)} (its weight of "${broken.name}" is ${describeCell(written)})`);
  }
  const left =
    lost.length > 0
      ? [`${table.label}: ${countOf(lost.length, 'row')} left out for missing weights: ${listSome(lost)}`]
      : [];
  const { mixtures, renormalised, notes } = normaliseRows(table.label, domains, raw);
  return { rows, mixtures, renormalised, notes: [...left, ...notes] };
}

export interface MixtureTable extends MixtureRows {
  /** Name of the column of ids, "index" where there is none. */
  readonly idColumn: string;
  /** One per mixture kept: as written, or the row's number from 1. */
  readonly ids: readonly string[];
}

/**
 * Reads a CSV of mixtures to predict: the columns of `domains` in any order, and optionally an id column. Throws
 * InvalidInputError as `parseCsvTable` does, or DOMAINS_DIFFER, WEIGHT_NOT_FINITE, WEIGHT_NEGATIVE, WEIGHTS_SUM.
 */
export function readMixtureTable(source: LabelledText, domains: readonly string[]): MixtureTable {
  const table = parseCsvTable(source);
  const read = readMixtureRows(table, domains);
  const [idColumn, ids] = [...table.ids][0] ?? ['index', Array.from({ length: table.rows }, (_, r) => String(r + 1))];
  return { ...read, notes: [...table.notes, ...read.notes], idColumn, ids: read.rows.map((r) => ids[r]!) };
}
