import { parse } from 'csv-parse/sync';
import { UnusableInput } from '../cli.errors.js';
import { readTextFile } from '../read-text-file.js';

export interface Records {
  readonly path: string;
  readonly text: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export async function readRecords(path: string): Promise<Records> {
  const { text } = await readTextFile(path);
  let records: string[][];
  try {
    records = parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][];
  } catch (error) {
    throw new UnusableInput(`${path} is not a readable CSV file: ${(error as Error).message}`, { cause: error });
  }
  const [header, ...rows] = records;
  if (!header || rows.length === 0) throw new UnusableInput(`${path} holds no rows`);
  const twice = header.find((name, c) => header.indexOf(name) !== c);
  if (twice !== undefined) throw new UnusableInput(`${path}: column "${twice}" appears twice`);
  return { path, text, header, rows };
}

/** Whether a cell says that nothing was measured, or that the run diverged: no mistake. */
function isDeclaredMissing(cell: string): boolean {
  return /^([+-]?(nan|inf|infinity)|null|none|n\/?a|)$/i.test(cell);
}

/** The cell's number; NaN where it says it is missing. Anything else is refused, naming file, row and column. */
export function readNumber(records: Records, r: number, column: number, allowed: string): number {
  const cell = records.rows[r]![column]!;
  if (isDeclaredMissing(cell)) return Number.NaN;
  const value = Number(cell);
  if (Number.isFinite(value)) return value;
  throw new UnusableInput(
    `${records.path}: row ${r + 1}: "${records.header[column]}" must be ${allowed}; got "${cell}"`,
  );
}
