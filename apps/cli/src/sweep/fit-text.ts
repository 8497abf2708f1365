import type { FitResponse } from '#libs/contracts';
import { readDiagnostics } from '../client/documents.js';
import { formatLoss } from '../terminal/numbers.js';
import { formatTable, right } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';

/** How well the fit orders mixtures that it has not seen, target by target in the order of `targets`. */
export function describeFit(targets: readonly string[], fit: FitResponse): string {
  const known = readDiagnostics(fit);
  const diagnostics = targets.flatMap((target) => (known[target] ? [[target, known[target]] as const] : []));
  const leftOut = fit.leftOut === 0 ? '' : `, ${fit.leftOut} left out (diverged, failed or cancelled)`;
  const stopped = Math.max(0, ...diagnostics.map(([, { censored }]) => censored));
  const learnt = stopped === 0 ? '' : ` and, within bounds, on ${stopped} that were stopped early`;
  const table = formatTable(
    [
      { title: 'target', names: true },
      { title: 'model' },
      ...['runs', 'out-of-fold Spearman', 'MAE', 'R²', 'in 50 %', 'in 90 %'].map(right),
    ],
    diagnostics.map(([target, { model, rows, outOfFold, coverage }]) => [
      target,
      model,
      String(rows),
      outOfFold.spearman === null ? '–' : outOfFold.spearman.toFixed(3),
      formatLoss(outOfFold.mae),
      outOfFold.r2 === null ? '–' : outOfFold.r2.toFixed(3),
      ...[coverage.p50, coverage.p90].map((share) => (share === null ? '–' : `${Math.round(100 * share)} %`)),
    ]),
  );
  const silent = diagnostics
    .filter(([, { signal }]) => !signal.present)
    .map(([target, { signal }]) => `${target}: ${signal.reason}.`);
  const unfitted = Object.entries(fit.unfitted).map(
    ([target, reason]) => `${target}: left out, without a fit: ${reason}.`,
  );
  return [
    wrapText(
      `Fit on ${fit.runs} runs${learnt}${leftOut}. Scores are of mixtures that the fit had not seen; "in 90 %" is how many of ` +
        'them the 90 % intervals held.',
    ),
    '',
    table,
    ...[...silent, ...unfitted].map((line) => wrapText(line)),
  ].join('\n');
}
