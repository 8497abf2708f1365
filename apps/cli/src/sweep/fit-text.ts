import type { FitResponse } from '#libs/contracts';
import { readDiagnostics } from '../client/documents.js';
import { formatLoss } from '../terminal/numbers.js';
import { formatTable } from '../terminal/table.js';

/** How well the fit orders mixtures that it has not seen, target by target in the order of `targets`. */
export function describeFit(targets: readonly string[], fit: FitResponse): string {
  const known = readDiagnostics(fit);
  const diagnostics = targets.flatMap((target) => (known[target] ? [[target, known[target]] as const] : []));
  const leftOut = fit.leftOut === 0 ? '' : `, ${fit.leftOut} left out (diverged, failed or cancelled)`;
  const table = formatTable(
    [
      { title: 'target' },
      { title: 'model' },
      { title: 'runs', align: 'right' },
      { title: 'out-of-fold Spearman', align: 'right' },
      { title: 'MAE, nats', align: 'right' },
      { title: 'R²', align: 'right' },
    ],
    diagnostics.map(([target, { model, rows, outOfFold }]) => [
      target,
      model,
      String(rows),
      outOfFold.spearman === null ? '–' : outOfFold.spearman.toFixed(3),
      formatLoss(outOfFold.mae),
      outOfFold.r2 === null ? '–' : outOfFold.r2.toFixed(3),
    ]),
  );
  const silent = diagnostics
    .filter(([, { signal }]) => !signal.present)
    .map(([target, { signal }]) => `${target}: ${signal.reason}.`);
  return [
    `Fit on ${fit.runs} runs${leftOut}. Scores are of mixtures that the fit had not seen.`,
    '',
    table,
    ...silent,
  ].join('\n');
}
