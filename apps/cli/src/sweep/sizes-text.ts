import type { FidelityProgress, RankTransfer } from '#libs/contracts';
import { formatTable, right } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';

type Correlation = RankTransfer['objective'];

/** How far each size has come, and whether the order of mixtures at the first one holds at the others. */
export function describeSizes(
  fidelities: readonly FidelityProgress[],
  targets: readonly string[],
  transfers: readonly RankTransfer[],
): string {
  const sizes = formatTable(
    [{ title: 'size', names: true }, right('runs'), right('done'), right('stopped early'), right('lost')],
    fidelities.map(({ name, runs }) => [
      name,
      String(Object.values(runs).reduce((sum, count) => sum + count, 0)),
      String(runs.succeeded),
      String(runs.censored),
      String(runs.diverged + runs.failed + runs.cancelled),
    ]),
  );
  const known = transfers.filter(({ objective }) => objective.spearman !== null);
  const parts = [sizes, ...transfers.map(({ statement }) => wrapText(statement))];
  if (known.length > 0) {
    const columns = known.map(({ fidelity }) => right(`at ${fidelity}`));
    const rows = ['objective', ...targets].map((name, row) => [
      name,
      ...known.map(({ objective, targets: own }) => cell(row === 0 ? objective : own[name])),
    ]);
    const title = `Rank correlation of losses with those at ${known[0]!.from}, and its 90 % interval:`;
    parts.push(`${title}\n${formatTable([{ title: 'target', names: true }, ...columns], rows)}`);
  }
  return parts.join('\n\n');
}

function cell(correlation: Correlation | undefined): string {
  const { spearman, lower90, upper90 } = correlation ?? { spearman: null, lower90: null, upper90: null };
  if (spearman === null || lower90 === null || upper90 === null) return '–';
  return `${spearman.toFixed(2)} (${lower90.toFixed(2)} to ${upper90.toFixed(2)})`;
}
