import { InvalidInputError } from '#libs/simplex';
import { isUnmeasured } from './cells.js';
import { normaliseRows } from './normalise-rows.js';
import { assertSeveralDomains } from './read-run-tables.js';
import {
  asCell,
  ID_KEYS,
  type Json,
  lossOf,
  type RunRecord,
  readLoss,
  readRunRecord,
  readWeight,
  refuseRecord,
} from './run-record.js';
import { assertSize, type LabelledText, type RunTable, type TableLimits } from './run-table.js';
import { countOf, listSome } from './wording.js';

/** Gives up as soon as they are too many: each is looked up in every record afterwards. */
function unionOfKeys(label: string, what: keyof TableLimits, records: readonly Json[], limit?: number): string[] {
  const keys = new Set<string>();
  for (const record of records) {
    for (const key of Object.keys(record)) keys.add(key);
    assertSize(label, what, keys.size, limit);
  }
  return [...keys];
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
function readNames(
  label: string,
  runs: readonly RunRecord[],
  limits: TableLimits | undefined,
): { domains: string[]; targets: string[] } {
  const weights = runs.map((run) => run.weights);
  const losses = runs.map((run) => run.losses);
  const domains = unionOfKeys(label, 'domains', weights, limits?.domains);
  const targets = unionOfKeys(label, 'targets', losses, limits?.targets);
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
export function readRunRecords(
  label: string,
  records: readonly unknown[],
  places: readonly string[],
  limits?: TableLimits,
): RunTable {
  assertSize(label, 'runs', records.length, limits?.runs);
  if (records.length === 0) throw new InvalidInputError('TABLE_EMPTY', `${label} holds no run`, { argument: label });
  const runs = records.map((record, r) => ({
    ...readRunRecord(label, record, places[r]!),
    number: r + 1,
  }));
  assertDistinct(label, runs);
  const { domains, targets } = readNames(label, runs, limits);
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

  const losses = targets.map((target) => {
    const values = Float64Array.from(complete, ({ run }) => readLoss(label, run, target));
    const absent = complete.filter((_, k) => !Number.isFinite(values[k]!));
    const cells = absent.map(({ run, place }) => `${place} has ${asCell(lossOf(run, target))}`);
    if (absent.length > 0) {
      notes.push(`${label}: ${countOf(absent.length, 'run')} left out for "${target}": ${listSome(cells)}`);
    }
    return [target, values] as const;
  });
  return {
    domains,
    mixtures,
    losses: Object.fromEntries(losses),
    unmeasured: Object.fromEntries(
      targets.map((target) => [
        target,
        complete.flatMap(({ run }, r) => (isUnmeasured(asCell(lossOf(run, target))) ? [r] : [])),
      ]),
    ),
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
export function readRunLines({ label, text }: LabelledText, limits?: TableLimits): RunTable {
  const records: unknown[] = [];
  const places: string[] = [];
  for (const [line, number] of linesOf(text.replace(/^\uFEFF/, ''))) {
    if (line.trim() === '') continue;
    const place = `line ${number}`;
    try {
      records.push(JSON.parse(line));
    } catch (error) {
      const array = records.length === 0 && /^\s*[[{]\s*$/.test(line);
      const hint = array ? '; each line needs one whole run, without an array around them' : '';
      throw refuseRecord('TABLE_UNREADABLE', label, place, ` is not JSON: ${(error as Error).message}${hint}`);
    }
    places.push(place);
    assertSize(label, 'runs', records.length, limits?.runs);
  }
  if (records.length === 0) throw new InvalidInputError('TABLE_EMPTY', `${label} is empty`, { argument: label });
  return readRunRecords(label, records, places, limits);
}

/** One after another: a text of line breaks alone would make millions of lines. */
function* linesOf(text: string): Generator<[line: string, number: number]> {
  for (let from = 0, number = 1; from <= text.length; number++) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    yield [text.slice(from, end), number];
    from = end + 1;
  }
}
