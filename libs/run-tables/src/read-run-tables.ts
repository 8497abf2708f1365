import { InvalidInputError } from '#libs/simplex';
import { describeCell, isDeclaredMissing, isUnmeasured } from './cells.js';
import {
  type CsvTable,
  ID_COLUMNS,
  type NumericColumn,
  parseCsvTable,
  requireDistinctIds,
  rowLabel,
} from './csv-table.js';
import { readMixtureRows } from './read-mixtures.js';
import { assertSize, type LabelledText, type RunTable, type TableLimits } from './run-table.js';
import { countOf, listSome } from './wording.js';

function checkLosses(table: CsvTable, column: NumericColumn): void {
  const r = column.cells.findIndex((cell, row) => Number.isNaN(column.values[row]!) && !isDeclaredMissing(cell));
  if (r < 0) return;
  const place = rowLabel(table, r);
  throw new InvalidInputError(
    'LOSS_NOT_A_NUMBER',
    `${table.label}: ${place}: "${column.name}" must be a number, or empty, nan or inf where it was not ` +
      `measured or diverged; got ${describeCell(column.cells[r]!)}`,
    { argument: table.label, row: place, column: column.name, value: column.cells[r]! },
  );
}

function chooseIdColumns(weights: CsvTable, losses: CsvTable): [string, string] {
  for (const table of [weights, losses]) {
    if (table.ids.size === 0) {
      throw new InvalidInputError(
        'RUN_UNNAMED',
        `${table.label} has no column of run ids (${ID_COLUMNS.join(', ')}) to join the files on`,
        { argument: table.label, allowed: ID_COLUMNS.join(', ') },
      );
    }
  }
  const shared = ID_COLUMNS.find((name) => weights.ids.has(name) && losses.ids.has(name));
  if (shared) return [shared, shared];
  return [[...weights.ids.keys()][0]!, [...losses.ids.keys()][0]!];
}

/** Throws ONE_DOMAIN. */
export function assertSeveralDomains(label: string, domains: readonly string[]): void {
  if (domains.length !== 1) return;
  const message = `${label} has one domain only, "${domains[0]}": there is nothing to mix`;
  throw new InvalidInputError('ONE_DOMAIN', message, { argument: label, domains });
}

function assertNoClash(weights: CsvTable, losses: CsvTable, domains: ReadonlySet<string>): void {
  const clash = losses.columns.find(({ name }) => domains.has(name));
  if (!clash) return;
  throw new InvalidInputError(
    'COLUMN_DUPLICATE',
    `column "${clash.name}" is in both ${weights.label} and ${losses.label}: a domain and a target need different names`,
    { argument: losses.label, value: clash.name },
  );
}

/**
 * Joins a CSV of weights and one of losses on their run ids (run, run_id or index; Olmix's ratios.csv and metrics.csv
 * are such a pair). Every numeric column of the weights is a domain, every one of the losses a target. Runs in one
 * table alone are left out and named; a missing loss leaves that run out for that target only. Throws
 * InvalidInputError whose message names the label, row and column at fault.
 */
export function readRunTables(
  source: { readonly weights: LabelledText; readonly losses: LabelledText },
  limits?: TableLimits,
): RunTable {
  const [weights, losses] = [parseCsvTable(source.weights, limits?.runs), parseCsvTable(source.losses, limits?.runs)];
  assertSize(weights.label, 'domains', weights.columns.length, limits?.domains);
  assertSize(losses.label, 'targets', losses.columns.length, limits?.targets);
  const [weightsId, lossesId] = chooseIdColumns(weights, losses);
  const domains = weights.columns.map(({ name }) => name);
  assertSeveralDomains(weights.label, domains);
  assertNoClash(weights, losses, new Set(domains));
  const weightIds = requireDistinctIds(weights, weightsId);
  const lossRow = new Map(requireDistinctIds(losses, lossesId).map((id, r) => [id, r]));
  for (const column of losses.columns) checkLosses(losses, column);
  const read = readMixtureRows(weights, domains);
  const matched = read.rows.flatMap((row, k) => {
    const id = weightIds[row]!;
    const other = lossRow.get(id);
    return other === undefined ? [] : [{ id, mixture: read.mixtures[k]!, other }];
  });
  if (matched.length === 0) {
    throw new InvalidInputError(
      'RUNS_UNMATCHED',
      `no run of ${weights.label} (${weightsId} ${listSome(weightIds)}) is in ${losses.label} ` +
        `(${lossesId} ${listSome([...lossRow.keys()])})`,
      { argument: losses.label },
    );
  }
  const used = new Set(matched.map(({ id }) => id));
  const unmatched = {
    weights: weightIds.filter((id) => !used.has(id)),
    losses: [...lossRow.keys()].filter((id) => !used.has(id)),
  };
  // Runs with incomplete weights have a note of their own.
  const incomplete = new Set(weightIds);
  for (const row of read.rows) incomplete.delete(weightIds[row]!);
  const partnerless = (
    [
      ['weights', weights],
      ['losses', losses],
    ] as const
  ).flatMap(([kind, table]) => {
    const ids = unmatched[kind].filter((id) => !incomplete.has(id));
    return ids.length === 0
      ? []
      : [`${table.label}: ${countOf(ids.length, 'run')} without a partner left out: ${listSome(ids)}`];
  });
  const missing = losses.columns.flatMap((column) => {
    const lost = matched.filter(({ other }) => !Number.isFinite(column.values[other]!));
    if (lost.length === 0) return [];
    const cells = lost.map(({ other }) => `${rowLabel(losses, other)} is ${describeCell(column.cells[other]!)}`);
    return [`${losses.label}: ${countOf(lost.length, 'run')} left out for "${column.name}": ${listSome(cells)}`];
  });
  return {
    joinedOn: weightsId === lossesId ? weightsId : `${weightsId} = ${lossesId}`,
    ids: matched.map(({ id }) => id),
    domains,
    mixtures: matched.map(({ mixture }) => mixture),
    losses: Object.fromEntries(
      losses.columns.map(({ name, values }) => [name, Float64Array.from(matched, ({ other }) => values[other]!)]),
    ),
    unmeasured: Object.fromEntries(
      losses.columns.map(({ name, cells }) => [
        name,
        matched.flatMap(({ other }, r) => (isUnmeasured(cells[other]!) ? [r] : [])),
      ]),
    ),
    renormalised: read.renormalised,
    unmatched,
    notes: [...weights.notes, ...losses.notes, ...read.notes, ...partnerless, ...missing],
  };
}
