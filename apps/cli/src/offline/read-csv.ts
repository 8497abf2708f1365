import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { UnusableInput } from '../cli.errors.js';
import { explainFileError } from '../explain-file-error.js';
import { countOf } from '../terminal/numbers.js';

/** Columns that name a run, in order of preference. */
export const ID_COLUMNS = ['index', 'run', 'run_id'] as const;
const LABEL_COLUMNS: readonly string[] = [...ID_COLUMNS, 'name'];
const OTHER_SEPARATORS = [
  { character: ';', name: 'semicolons' },
  { character: '\t', name: 'tabs' },
  { character: '|', name: 'bars' },
] as const;

export interface NumericColumn {
  readonly name: string;
  /** One per row; NaN where the cell is empty, NaN, infinite or not a number. */
  readonly values: Float64Array;
  /** The cells as written, for messages. */
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly path: string;
  readonly text: string;
  readonly rows: number;
  /** The id columns present, with the id of each row. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  readonly columns: readonly NumericColumn[];
  readonly notes: readonly string[];
}

function toNumber(cell: string): number {
  const trimmed = cell.trim();
  if (trimmed === '') return Number.NaN;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** "7", "7.0" and " 7" are one id: tools differ in how they write whole numbers. */
function toId(cell: string): string {
  const value = toNumber(cell);
  return Number.isSafeInteger(value) ? String(value) : cell.trim();
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new UnusableInput(`cannot read ${path}: ${explainFileError(error)}`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UnusableInput(`${path} is not text in UTF-8`, { cause: error });
  }
}

function parseRecords(path: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
      const { lines, record } = error as CsvError & { lines: number; record: string[] };
      const header = (parse(text, { bom: true, skip_empty_lines: true, to: 1 }) as string[][])[0]!;
      throw new UnusableInput(
        `${path}: line ${lines} has ${countOf(record.length, 'cell')}; the header has ${header.length}${decimalCommaHint(record, header)}`,
        { cause: error },
      );
    }
    throw new UnusableInput(`${path} is not a readable CSV file: ${error.message}`, { cause: error });
  }
}

/** Decimal commas double the cells of a row. */
function decimalCommaHint(record: readonly string[], header: readonly string[]): string {
  return record.length > header.length && record.every((cell) => /^-?\d*$/.test(cell.trim()))
    ? ' (decimals need a point, not a comma)'
    : '';
}

function checkHeader(path: string, header: readonly string[]): void {
  const other =
    header.length === 1 ? OTHER_SEPARATORS.find(({ character }) => header[0]!.includes(character)) : undefined;
  if (other) throw new UnusableInput(`${path} separates its columns with ${other.name}; commas are needed`);
  const seen = new Set<string>();
  header.forEach((name, i) => {
    if (name === '') throw new UnusableInput(`${path}: column ${i + 1} has no name (name a column of run ids "index")`);
    if (seen.has(name)) throw new UnusableInput(`${path}: column "${name}" appears twice`);
    seen.add(name);
  });
}

function readIds(path: string, column: string, cells: readonly string[]): string[] {
  const lineOf = new Map<string, number>();
  return cells.map((cell, r) => {
    const id = toId(cell);
    if (id === '') throw new UnusableInput(`${path}: row ${r + 1} has no ${column}`);
    const earlier = lineOf.get(id);
    if (earlier !== undefined) {
      throw new UnusableInput(`${path}: ${column} ${id} is given twice, in rows ${earlier} and ${r + 1}`);
    }
    lineOf.set(id, r + 1);
    return id;
  });
}

/**
 * Reads a CSV of runs: id columns (index, run, run_id), a label column (name), and numbers. Any other column with at
 * least one number is kept; a column without any is named in `notes`.
 */
export async function readCsv(path: string): Promise<CsvTable> {
  const text = await readText(path);
  const [header, ...records] = parseRecords(path, text);
  if (!header) throw new UnusableInput(`${path} is empty`);
  checkHeader(path, header);
  if (records.length === 0) throw new UnusableInput(`${path} has a header but no rows`);
  const ids = new Map<string, readonly string[]>();
  const columns: NumericColumn[] = [];
  const notes: string[] = [];
  header.forEach((name, c) => {
    const cells = records.map((record) => record[c]!);
    if (ID_COLUMNS.some((id) => id === name)) ids.set(name, readIds(path, name, cells));
    if (LABEL_COLUMNS.includes(name)) return;
    const values = Float64Array.from(cells, toNumber);
    if (values.some((value) => !Number.isNaN(value))) columns.push({ name, values, cells });
    else notes.push(`${path}: column "${name}" holds no number and is not used`);
  });
  if (columns.length === 0)
    throw new UnusableInput(
      `${path} has no column of numbers${ids.size > 0 ? ` beside ${[...ids.keys()].join(', ')}` : ''}`,
    );
  return { path, text, rows: records.length, ids, columns, notes };
}

/** Whether a cell says that nothing was measured (empty, NaN, null) or that it diverged (infinity): no mistake. */
export function isDeclaredMissing(cell: string): boolean {
  return /^([+-]?(nan|inf|infinity)|null|none|n\/?a|)$/i.test(cell.trim());
}

/** How a cell that is not a usable number is spoken of. */
export function describeCell(cell: string): string {
  return cell === '' ? 'empty' : `"${cell}"`;
}
