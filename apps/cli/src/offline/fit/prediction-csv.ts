import type { TargetPrediction } from '#libs/surrogates';
import type { Estimate, Prediction } from '../predict/prediction.js';

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The estimate of mixture `r`; bounds are null with too few runs for an interval. */
export function estimateAt(prediction: TargetPrediction, r: number): Estimate {
  const { mean, standardError, lower50, upper50, lower90, upper90 } = prediction;
  return {
    mean: mean[r]!,
    standardError: standardError[r]!,
    lower50: lower50?.[r] ?? null,
    upper50: upper50?.[r] ?? null,
    lower90: lower90?.[r] ?? null,
    upper90: upper90?.[r] ?? null,
  };
}

/**
 * One row per mixture: its id, mean, standardError, lower90 and upper90; empty bounds where there are none. Several
 * targets make one row per mixture and target, with a column `target`.
 */
export function estimatesAsCsv(idColumn: string, rows: readonly Pick<Prediction, 'id' | 'predicted'>[]): string {
  const several = Object.keys(rows[0]?.predicted ?? {}).length > 1;
  const header = [idColumn, ...(several ? ['target'] : []), 'mean', 'standardError', 'lower90', 'upper90'];
  const lines = rows.flatMap(({ id, predicted }) =>
    Object.entries(predicted).map(([target, { mean, standardError, lower90, upper90 }]) =>
      [csvCell(id), ...(several ? [csvCell(target)] : []), mean, standardError, lower90 ?? '', upper90 ?? ''].join(','),
    ),
  );
  return `${[header.join(','), ...lines].join('\n')}\n`;
}
