import { UnusableInput } from '../cli.errors.js';
import { countOf } from '../terminal/numbers.js';
import { listSome } from './list-some.js';
import { type CsvTable, describeCell, ID_COLUMNS, isDeclaredMissing, type NumericColumn } from './read-csv.js';
import { readMixtures, rowLabel } from './read-mixtures.js';

export interface JoinedRuns {
  readonly joinedOn: string;
  readonly ids: readonly string[];
  readonly domains: readonly string[];
  readonly mixtures: readonly number[][];
  /** One value per run and target; NaN where it is missing. */
  readonly losses: Readonly<Record<string, Float64Array>>;
  readonly renormalised: number;
  /** Ids found in one file alone, or whose weights are incomplete. */
  readonly unmatched: { readonly weights: readonly string[]; readonly losses: readonly string[] };
  readonly notes: readonly string[];
}

function checkLosses(table: CsvTable, column: NumericColumn): void {
  const r = column.cells.findIndex((cell, row) => Number.isNaN(column.values[row]!) && !isDeclaredMissing(cell));
  if (r < 0) return;
  throw new UnusableInput(
    `${table.path}: ${rowLabel(table, r)}: "${column.name}" must be a number, or empty, nan or inf where it was not ` +
      `measured or diverged; got ${describeCell(column.cells[r]!)}`,
  );
}

function chooseIdColumns(weights: CsvTable, losses: CsvTable): [string, string] {
  for (const table of [weights, losses]) {
    if (table.ids.size === 0) {
      throw new UnusableInput(`${table.path} has no column of run ids (${ID_COLUMNS.join(', ')}) to join the files on`);
    }
  }
  const shared = ID_COLUMNS.find((name) => weights.ids.has(name) && losses.ids.has(name));
  if (shared) return [shared, shared];
  return [[...weights.ids.keys()][0]!, [...losses.ids.keys()][0]!];
}

/**
 * Joins weights and losses on their run ids. Every numeric column of the weights is a domain, every one of the losses
 * a target. Runs in one file alone are left out and counted; a missing loss leaves that run out for that target only.
 */
export function joinRuns(weights: CsvTable, losses: CsvTable): JoinedRuns {
  const [weightsId, lossesId] = chooseIdColumns(weights, losses);
  const domains = weights.columns.map(({ name }) => name);
  if (domains.length === 1) {
    throw new UnusableInput(`${weights.path} has one domain only, "${domains[0]}": there is nothing to mix`);
  }
  const clash = losses.columns.find(({ name }) => domains.includes(name));
  if (clash) {
    throw new UnusableInput(
      `column "${clash.name}" is in both ${weights.path} and ${losses.path}: a domain and a target need different names`,
    );
  }
  for (const column of losses.columns) checkLosses(losses, column);
  const read = readMixtures(weights, domains);
  const lossRow = new Map(losses.ids.get(lossesId)!.map((id, r) => [id, r]));
  const weightIds = weights.ids.get(weightsId)!;
  const matched = read.rows.flatMap(({ row, weights: mixture }) => {
    const id = weightIds[row]!;
    const other = lossRow.get(id);
    return other === undefined ? [] : [{ id, mixture, other }];
  });
  if (matched.length === 0) {
    throw new UnusableInput(
      `no run of ${weights.path} (${weightsId} ${listSome(weightIds)}) is in ${losses.path} ` +
        `(${lossesId} ${listSome([...lossRow.keys()])})`,
    );
  }
  const used = new Set(matched.map(({ id }) => id));
  const unmatched = {
    weights: weightIds.filter((id) => !used.has(id)),
    losses: [...lossRow.keys()].filter((id) => !used.has(id)),
  };
  const notes = [...weights.notes, ...losses.notes, ...read.notes];
  // Runs with incomplete weights have a note of their own.
  const incomplete = new Set(weightIds);
  for (const { row } of read.rows) incomplete.delete(weightIds[row]!);
  for (const [kind, table] of [
    ['weights', weights],
    ['losses', losses],
  ] as const) {
    const ids = unmatched[kind].filter((id) => !incomplete.has(id));
    if (ids.length > 0) {
      notes.push(`${table.path}: ${countOf(ids.length, 'run')} without a partner left out: ${listSome(ids)}`);
    }
  }
  for (const column of losses.columns) {
    const lost = matched.filter(({ other }) => Number.isNaN(column.values[other]!));
    if (lost.length === 0) continue;
    const cells = lost.map(({ other }) => `${rowLabel(losses, other)} is ${describeCell(column.cells[other]!)}`);
    notes.push(`${losses.path}: ${countOf(lost.length, 'run')} left out for "${column.name}": ${listSome(cells)}`);
  }
  return {
    joinedOn: weightsId === lossesId ? weightsId : `${weightsId} = ${lossesId}`,
    ids: matched.map(({ id }) => id),
    domains,
    mixtures: matched.map(({ mixture }) => mixture),
    losses: Object.fromEntries(
      losses.columns.map(({ name, values }) => [name, Float64Array.from(matched, ({ other }) => values[other]!)]),
    ),
    renormalised: read.renormalised,
    unmatched,
    notes,
  };
}
