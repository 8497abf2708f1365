import { InvalidInputError } from '#libs/simplex';
import { normaliseRows } from './normalise-rows.js';
import { assertSeveralDomains } from './read-run-tables.js';
import {
  asCell,
  ID_KEYS,
  type Json,
  type RunRecord,
  readLoss,
  readRunRecord,
  readWeight,
  refuseRecord,
} from './run-record.js';
import type { LabelledText, RunTable } from './run-table.js';
import { countOf, listSome } from './wording.js';

function unionOfKeys(records: readonly Json[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function assertDistinct(label: string, runs: readonly RunRecord[]): void {
  const placeOf = new Map<string, string>();
  for (const { id, place, idKey } of runs) {
    if (id === null) continue;
    const earlier = placeOf.get(id);
    if (earlier !== undefined) {
      const places = `${earlier.replace(/ \(.*/, '')} and ${place.replace(/ \(.*/, '')}`;
      throw refuseRecord('RUN_DUPLICATE', label, `${idKey} ${id}`, ` is given twice, in ${places}`);
    }
    placeOf.set(id, place);
  }
  const unnamed = runs.find(({ id }) => id === null);
  if (unnamed && placeOf.size > 0) {
    throw refuseRecord('RUN_UNNAMED', label, unnamed.place, ` has no id (${ID_KEYS.join(', ')}), and others have`);
  }
}

/** The names of domains and targets over all runs. Throws ONE_DOMAIN, TABLE_EMPTY or COLUMN_DUPLICATE. */
function readNames(label: string, runs: readonly RunRecord[]): { domains: string[]; targets: string[] } {
  const domains = unionOfKeys(runs.map(({ weights }) => weights));
  const targets = unionOfKeys(runs.map(({ losses }) => losses));
  assertSeveralDomains(label, domains);
  for (const [what, names] of [
    ['weight', domains],
    ['loss', targets],
  ] as const) {
    if (names.length > 0) continue;
    throw new InvalidInputError('TABLE_EMPTY', `${label}: no run has a ${what}`, { argument: label });
  }
  const known = new Set(domains);
  const clash = targets.find((name) => known.has(name));
  if (clash !== undefined) {
    const message = `${label}: "${clash}" is both a domain and a target: they need different names`;
    throw new InvalidInputError('COLUMN_DUPLICATE', message, { argument: label, value: clash });
  }
  return { domains, targets };
}

function notesOnKeys(label: string, runs: readonly RunRecord[], domains: readonly string[]): string[] {
  const notes: string[] = [];
  const stray = [...new Set(runs.flatMap((run) => run.stray))];
  if (stray.length > 0) notes.push(`${label}: not used: ${listSome(stray.map((key) => `"${key}"`))}`);
  const sparse = runs.filter(({ weights }) => Object.keys(weights).length < domains.length).length;
  if (sparse > 0) {
    notes.push(
      `${label}: ${sparse} of ${countOf(runs.length, 'run')} name fewer than the ${domains.length} domains; ` +
        'those not named count as 0',
    );
  }
  return notes;
}

/**
 * Runs from records that were parsed already, such as the lines of a file or the body of a request.
 * @param places how messages name each record
 * Throws InvalidInputError naming the record at fault; see `readRunLines` for what a record holds.
 */
export function readRunRecords(label: string, records: readonly unknown[], places: readonly string[]): RunTable {
  if (records.length === 0) throw new InvalidInputError('TABLE_EMPTY', `${label} holds no run`, { argument: label });
  const runs = records.map((record, r) => ({
    ...readRunRecord(label, record, places[r]!),
    number: r + 1,
  }));
  assertDistinct(label, runs);
  const { domains, targets } = readNames(label, runs);
  const notes = notesOnKeys(label, runs, domains);
  const idOf = (run: (typeof runs)[number]) => run.id ?? String(run.number);

  const lost: string[] = [];
  const unmatched: string[] = [];
  const complete = runs.flatMap((run) => {
    const values = domains.map((domain) => readWeight(label, run, domain));
    const missing = values.indexOf(null);
    if (missing < 0) return [{ run, place: run.place, values: values as number[] }];
    lost.push(`${run.place}, its weight of "${domains[missing]}"`);
    unmatched.push(idOf(run));
    return [];
  });
  if (lost.length > 0) {
    notes.push(`${label}: ${countOf(lost.length, 'run')} left out for missing weights: ${listSome(lost)}`);
  }
  if (complete.length === 0) {
    throw new InvalidInputError('TABLE_EMPTY', `${label}: no run has all its weights`, { argument: label });
  }
  const { mixtures, renormalised, notes: sums } = normaliseRows(label, domains, complete);
  notes.push(...sums);

  const losses: Record<string, Float64Array> = {};
  for (const target of targets) {
    const values = Float64Array.from(complete, ({ run }) => readLoss(label, run, target));
    const absent = complete.filter((_, k) => Number.isNaN(values[k]!));
    const cells = absent.map(({ run, place }) => `${place} has ${asCell(run.losses[target])}`);
    if (absent.length > 0) {
      notes.push(`${label}: ${countOf(absent.length, 'run')} left out for "${target}": ${listSome(cells)}`);
    }
    losses[target] = values;
  }
  return {
    domains,
    mixtures,
    losses,
    ids: complete.map(({ run }) => idOf(run)),
    joinedOn: runs[0]!.idKey ?? 'position',
    renormalised,
    unmatched: { weights: unmatched, losses: unmatched },
    notes,
  };
}

/**
 * Reads runs from JSON lines: on each line an object with "weights" (or "ratios", "mixture"; domains not named are 0),
 * "losses" (or "metrics"; null or "NaN" where not measured), and an id under "id", "run", "run_id" or "index" unless
 * none has one. Throws InvalidInputError naming the line.
 */
export function readRunLines({ label, text }: LabelledText): RunTable {
  const records: unknown[] = [];
  const places: string[] = [];
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  lines.forEach((line, i) => {
    if (line.trim() === '') return;
    const place = `line ${i + 1}`;
    try {
      records.push(JSON.parse(line));
    } catch (error) {
      const array = records.length === 0 && /^\s*[[{]\s*$/.test(line);
      const hint = array ? '; each line needs one whole run, without an array around them' : '';
      throw refuseRecord('TABLE_UNREADABLE', label, place, ` is not JSON: ${(error as Error).message}${hint}`);
    }
    places.push(place);
  });
  if (records.length === 0) throw new InvalidInputError('TABLE_EMPTY', `${label} is empty`, { argument: label });
  return readRunRecords(label, records, places);
}
