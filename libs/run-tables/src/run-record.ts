import { InvalidInputError } from '#libs/simplex';
import { describeCell, isDeclaredMissing, toId, toNumber } from './cells.js';
import { ID_COLUMNS } from './csv-table.js';

export type Json = Readonly<Record<string, unknown>>;

export const ID_KEYS = ['id', ...ID_COLUMNS] as const;
const WEIGHT_KEYS = ['weights', 'ratios', 'mixture'] as const;
const LOSS_KEYS = ['losses', 'metrics'] as const;
const USED: readonly string[] = [...ID_KEYS, ...WEIGHT_KEYS, ...LOSS_KEYS, 'name'];

export interface RunRecord {
  /** How messages name it: by its id if it has one. */
  readonly place: string;
  readonly id: string | null;
  readonly idKey: string | null;
  readonly weights: Json;
  readonly losses: Json;
  /** Keys that nothing here reads. */
  readonly stray: readonly string[];
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value that is no number, as a cell would be written. */
export function asCell(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A complaint about one record, naming label and place. */
export function refuseRecord(
  code: string,
  label: string,
  place: string,
  complaint: string,
  details: Json = {},
): InvalidInputError {
  return new InvalidInputError(code, `${label}: ${place}${complaint}`, { argument: label, row: place, ...details });
}

function readPart(label: string, place: string, record: Json, keys: readonly string[]): Json {
  const given = keys.filter((key) => record[key] !== undefined);
  if (given.length > 1) {
    const complaint = ` has both "${given[0]}" and "${given[1]}"; one of them is needed`;
    throw refuseRecord('RUN_FIELD', label, place, complaint);
  }
  const value = given[0] === undefined ? undefined : record[given[0]];
  if (isRecord(value)) return value;
  const found = given[0] === undefined ? '' : `; its "${given[0]}" is ${describeCell(asCell(value))}`;
  const wanted = keys.map((key) => `"${key}"`).join(' or ');
  throw refuseRecord('RUN_FIELD', label, place, ` needs ${wanted}, an object of numbers by name${found}`);
}

/** Throws RUN_FIELD or RUN_UNNAMED unless `value` is an object with weights, losses and at most one sensible id. */
export function readRunRecord(label: string, value: unknown, place: string): RunRecord {
  if (!isRecord(value)) {
    const complaint = ' must be an object such as {"id": 1, "weights": {…}, "losses": {…}}';
    throw refuseRecord('RUN_FIELD', label, place, complaint);
  }
  const idKey = ID_KEYS.find((key) => value[key] !== undefined && value[key] !== null) ?? null;
  const written = idKey === null ? null : value[idKey];
  if (written !== null && typeof written !== 'string' && typeof written !== 'number') {
    throw refuseRecord('RUN_FIELD', label, place, `: "${idKey}" must be text or a number`);
  }
  const id = written === null ? null : toId(String(written));
  if (id === '') throw refuseRecord('RUN_UNNAMED', label, place, `: "${idKey}" is empty`);
  return {
    place: id === null ? place : `${place} (${idKey} ${id})`,
    id,
    idKey,
    weights: readPart(label, place, value, WEIGHT_KEYS),
    losses: readPart(label, place, value, LOSS_KEYS),
    stray: Object.keys(value).filter((key) => !USED.includes(key)),
  };
}

/** As written; null for a target that the run does not name. */
export function lossOf(run: RunRecord, target: string): unknown {
  return Object.hasOwn(run.losses, target) ? run.losses[target] : null;
}

/** The loss, or NaN where it was not measured; NaN or infinity where it diverged. Throws LOSS_NOT_A_NUMBER. */
export function readLoss(label: string, run: RunRecord, target: string): number {
  const value = lossOf(run, target);
  if (typeof value === 'number') return value;
  if (value === null) return Number.NaN;
  if (typeof value === 'string' && isDeclaredMissing(value)) return toNumber(value);
  throw refuseRecord(
    'LOSS_NOT_A_NUMBER',
    label,
    run.place,
    `: "${target}" must be a number, or null, "NaN" or "Infinity" where it was not measured or diverged; ` +
      `got ${describeCell(asCell(value))}`,
    { column: target },
  );
}

/** The weight, 0 for a domain that the run does not name; null where it is declared missing. Throws WEIGHT_NOT_FINITE. */
export function readWeight(label: string, run: RunRecord, domain: string): number | null {
  if (!Object.hasOwn(run.weights, domain)) return 0;
  const value = run.weights[domain];
  if (typeof value === 'number') return value;
  if (value === null || (typeof value === 'string' && isDeclaredMissing(value) && !/inf/i.test(value))) return null;
  throw refuseRecord(
    'WEIGHT_NOT_FINITE',
    label,
    run.place,
    `: the weight of "${domain}" must be a number in [0, 1]; got ${describeCell(asCell(value))}`,
    { column: domain, allowed: '[0, 1]' },
  );
}
