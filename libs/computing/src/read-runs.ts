import { createHash } from 'node:crypto';
import { type RunTable, readRunLines, readRunRecords, readRunTables, type TableLimits } from '#libs/run-tables';
import { InvalidInputError } from '#libs/simplex';
import { type PackedRows, packRows } from './packed-rows.js';

export interface ReadRunsTask {
  /** The body of a request, in UTF-8. */
  readonly body: Uint8Array;
  readonly format: 'json' | 'json-lines';
  /** The most that is read: whoever sent more is told so before long. */
  readonly limits: TableLimits;
}

const mostSettings = 256 << 10;

/** Where the runs stand in a JSON body; the other fields are the caller's settings. */
const tables = ['weights', 'losses', 'runs'] as const;

export interface ReadRuns {
  readonly runs: Omit<RunTable, 'mixtures'> & { readonly mixtures: PackedRows };
  /** The fields of a JSON body that hold no runs, not validated yet. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** SHA-256 of the body as it came. */
  readonly hash: string;
}

/**
 * Runs from a body of JSON lines, or of one JSON object with "runs" (an array of records) or with "weights" and
 * "losses" (the texts of a pair of CSV files). Throws BODY_UNREADABLE, and what libs/run-tables throws.
 */
export function readRuns({ body, format, limits }: ReadRunsTask): ReadRuns {
  const hash = createHash('sha256').update(body).digest('hex');
  const text = decode(body);
  if (format === 'json-lines') return { runs: pack(readRunLines({ label: 'body', text }, limits)), settings: {}, hash };
  const document = parseObject(text);
  const settings = Object.fromEntries(Object.entries(document).filter(([key]) => !tables.some((name) => name === key)));
  assertSmall(settings);
  return { runs: pack(readTable(document, limits)), settings, hash };
}

function pack(table: RunTable): ReadRuns['runs'] {
  return { ...table, mixtures: packRows(table.mixtures) };
}

/** Settings are copied to whoever validates them, which must not take long. */
function assertSmall(settings: object): void {
  let characters = Number.POSITIVE_INFINITY;
  try {
    characters = JSON.stringify(settings).length;
  } catch (error) {
    // Too deep, or too long, for a text.
    if (!(error instanceof RangeError)) throw error;
  }
  if (characters <= mostSettings) return;
  const message = `the fields beside the runs take more than ${mostSettings} characters`;
  throw new InvalidInputError('SETTINGS_TOO_LARGE', message, {
    argument: 'body',
    allowed: `${mostSettings} characters`,
  });
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw unreadable('the body is not text in UTF-8', error);
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(`the body is no JSON: ${(error as Error).message}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable('the body must be one JSON object, with "runs" or with "weights" and "losses"');
  }
  return value as Record<string, unknown>;
}

function unreadable(message: string, cause?: unknown): InvalidInputError {
  const error = new InvalidInputError('BODY_UNREADABLE', message, { argument: 'body' });
  error.cause = cause;
  return error;
}

function readTable({ runs, weights, losses }: Record<string, unknown>, limits: TableLimits): RunTable {
  if (runs !== undefined && (weights !== undefined || losses !== undefined)) {
    throw field('runs', '"runs" and the pair "weights" and "losses" exclude each other');
  }
  if (runs !== undefined) {
    if (!Array.isArray(runs)) throw field('runs', 'runs must be an array of {"id", "weights": {…}, "losses": {…}}');
    const places = runs.slice(0, limits.runs + 1).map((_, i) => `[${i}]`);
    return readRunRecords('runs', runs, places, limits);
  }
  for (const [name, value] of Object.entries({ weights, losses })) {
    if (typeof value !== 'string') throw field(name, `${name} must be the text of a CSV file, or give "runs" instead`);
  }
  const source = {
    weights: { label: 'weights', text: weights as string },
    losses: { label: 'losses', text: losses as string },
  };
  return readRunTables(source, limits);
}

function field(argument: string, message: string): InvalidInputError {
  return new InvalidInputError('RUNS_MISSING', message, {
    argument,
    allowed: '"runs", or "weights" and "losses"',
  });
}
