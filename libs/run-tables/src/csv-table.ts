import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInputError } from '#libs/simplex';
import { toId, toNumber } from './cells.js';
import { assertSize, type LabelledText } from './run-table.js';
import { countOf } from './wording.js';

/** Columns that name a run, in order of preference: beside a name, "index" is often just the row's number. */
export const ID_COLUMNS = ['run', 'run_id', 'index'] as const;
const LABEL_COLUMNS: readonly string[] = [...ID_COLUMNS, 'name'];
const OTHER_SEPARATORS = [
  { character: ';', name: 'semicolons' },
  { character: '\t', name: 'tabs' },
  { character: '|', name: 'bars' },
] as const;

export interface NumericColumn {
  readonly name: string;
  /** One per row; NaN where the cell is empty, NaN or not a number. */
  readonly values: Float64Array;
  /** The cells as written, for messages. */
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly label: string;
  readonly rows: number;
  /** The id columns present, with the id of each row. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  readonly columns: readonly NumericColumn[];
  readonly notes: readonly string[];
}

function refuse(code: string, label: string, message: string, cause?: unknown): InvalidInputError {
  const error = new InvalidInputError(code, message, { argument: label });
  if (cause !== undefined) error.cause = cause;
  return error;
}

function parseRecords({ label, text }: LabelledText, mostRows: number): string[][] {
  try {
    // One row more than may be, so that too many are noticed; the header is one as well.
    const to = Number.isFinite(mostRows) ? mostRows + 2 : -1;
    return parse(text, { bom: true, skip_empty_lines: true, trim: true, to }) as string[][];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
      const { lines, record } = error as CsvError & { lines: number; record: string[] };
      const header = (parse(text, { bom: true, skip_empty_lines: true, to: 1 }) as string[][])[0]!;
      const cells = `${countOf(record.length, 'cell')}; the header has ${header.length}`;
      throw refuse(
        'TABLE_RAGGED',
        label,
        `${label}: line ${lines} has ${cells}${decimalCommaHint(record, header)}`,
        error,
      );
    }
    throw refuse('TABLE_UNREADABLE', label, `${label} is not a readable CSV file: ${error.message}`, error);
  }
}

/** Decimal commas double the cells of a row. */
function decimalCommaHint(record: readonly string[], header: readonly string[]): string {
  return record.length > header.length && record.every((cell) => /^-?\d*$/.test(cell.trim()))
    ? ' (decimals need a point, not a comma)'
    : '';
}

function checkSeparator({ label, text }: LabelledText): void {
  const [header = ''] = text.trimStart().split('\n', 1);
  const other = header.includes(',') ? undefined : OTHER_SEPARATORS.find(({ character }) => header.includes(character));
  if (!other) return;
  throw refuse('TABLE_SEPARATOR', label, `${label} separates its columns with ${other.name}; commas are needed`);
}

function checkHeader(label: string, header: readonly string[]): void {
  const seen = new Set<string>();
  header.forEach((name, i) => {
    if (name === '') {
      const hint = '(name a column of run ids "index")';
      throw refuse('COLUMN_UNNAMED', label, `${label}: column ${i + 1} has no name ${hint}`);
    }
    if (seen.has(name)) throw refuse('COLUMN_DUPLICATE', label, `${label}: column "${name}" appears twice`);
    seen.add(name);
  });
}

/**
 * Reads a CSV of runs: id columns (run, run_id, index), a label column (name), and numbers. Any other column with at
 * least one number is kept; a column without any is named in `notes`. Throws InvalidInputError naming the label and
 * the line or column: TABLE_EMPTY, TABLE_UNREADABLE, TABLE_RAGGED, TABLE_SEPARATOR, COLUMN_UNNAMED, COLUMN_DUPLICATE.
 */
export function parseCsvTable(source: LabelledText, mostRows = Number.POSITIVE_INFINITY): CsvTable {
  const { label } = source;
  // First: other separators are behind most complaints about the rows.
  checkSeparator(source);
  const [header, ...records] = parseRecords(source, mostRows);
  if (!header) throw refuse('TABLE_EMPTY', label, `${label} is empty`);
  checkHeader(label, header);
  if (records.length === 0) throw refuse('TABLE_EMPTY', label, `${label} has a header but no rows`);
  assertSize(label, 'runs', records.length, mostRows);
  const ids = new Map<string, readonly string[]>();
  const columns: NumericColumn[] = [];
  const notes: string[] = [];
  header.forEach((name, c) => {
    const cells = records.map((record) => record[c]!);
    if (ID_COLUMNS.some((id) => id === name)) ids.set(name, cells.map(toId));
    if (LABEL_COLUMNS.includes(name)) return;
    const values = Float64Array.from(cells, toNumber);
    if (values.some((value) => !Number.isNaN(value))) columns.push({ name, values, cells });
    else notes.push(`${label}: column "${name}" holds no number and is not used`);
  });
  if (columns.length === 0) {
    const beside = ids.size > 0 ? ` beside ${[...ids.keys()].join(', ')}` : '';
    throw refuse('TABLE_EMPTY', label, `${label} has no column of numbers${beside}`);
  }
  return { label, rows: records.length, ids, columns, notes };
}

/** The ids of a column as run names. Throws RUN_UNNAMED or RUN_DUPLICATE naming the rows. */
export function requireDistinctIds(table: CsvTable, column: string): readonly string[] {
  const { label } = table;
  const ids = table.ids.get(column)!;
  const rowOf = new Map<string, number>();
  ids.forEach((id, r) => {
    if (id === '') throw refuse('RUN_UNNAMED', label, `${label}: row ${r + 1} has no ${column}`);
    const earlier = rowOf.get(id);
    if (earlier !== undefined) {
      const rows = `rows ${earlier} and ${r + 1}`;
      throw refuse('RUN_DUPLICATE', label, `${label}: ${column} ${id} is given twice, in ${rows}`);
    }
    rowOf.set(id, r + 1);
  });
  return ids;
}

/** How row `r` is named in messages: by its id if it has one. */
export function rowLabel(table: CsvTable, r: number): string {
  for (const [column, ids] of table.ids) if (ids[r] !== '') return `${column} ${ids[r]}`;
  return `row ${r + 1}`;
}

/** Throws DOMAINS_DIFFER, naming every domain that is lacking and every column that is none. */
export function assertSameDomains(table: CsvTable, domains: readonly string[]): void {
  const names = table.columns.map(({ name }) => name);
  const [known, wanted] = [new Set(names), new Set(domains)];
  const missing = domains.filter((name) => !known.has(name));
  const unknown = names.filter((name) => !wanted.has(name));
  const complaints = [
    ...(missing.length > 0 ? [`it lacks the domains ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`it has columns that are no domain: ${unknown.join(', ')}`] : []),
  ];
  if (complaints.length === 0) return;
  const message = `${table.label} does not match the weights: ${complaints.join('; ')}`;
  throw new InvalidInputError('DOMAINS_DIFFER', message, { argument: table.label, missing, unknown });
}
