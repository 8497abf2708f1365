import type { RunTable } from '#libs/run-tables';
import type { FitDiagnostics, FittedTarget } from '#libs/surrogates';

/** Diagnostics as `--json` prints them: positions of runs and domains as their names. */
export function nameDiagnostics(
  { importance, worstPredicted, outliers, ...diagnostics }: FitDiagnostics,
  { domains, ids }: Pick<RunTable, 'domains' | 'ids'>,
) {
  return {
    ...diagnostics,
    importance: importance.map(({ domain, ...value }) => ({ domain: domains[domain]!, ...value })),
    worstPredicted: worstPredicted.map(({ row, ...value }) => ({ run: ids[row]!, ...value })),
    outliers: outliers.map((row) => ids[row]!),
  };
}

/** One target's fit as `--json` prints it. */
export function describeFittedTarget(target: string, fit: FittedTarget, runs: RunTable) {
  const { model, rows, members, ...diagnostics } = nameDiagnostics(fit.diagnostics, runs);
  return {
    model,
    target,
    runs: rows,
    leftOut: runs.mixtures.length - rows,
    diagnostics,
    members,
    surrogate: fit.surrogate.describe(),
  };
}
