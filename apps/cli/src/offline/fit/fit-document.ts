import type { RunTable } from '#libs/run-tables';
import type { FittedTarget } from '#libs/surrogates';

/** One target's fit as `--json` prints it: positions of runs and domains as their names. */
export function describeFittedTarget(target: string, fit: FittedTarget, runs: RunTable) {
  const { model, rows, members, importance, worstPredicted, outliers, ...diagnostics } = fit.diagnostics;
  return {
    model,
    target,
    runs: rows,
    leftOut: runs.mixtures.length - rows,
    diagnostics: {
      ...diagnostics,
      importance: importance.map(({ domain, ...value }) => ({ domain: runs.domains[domain]!, ...value })),
      worstPredicted: worstPredicted.map(({ row, ...value }) => ({ run: runs.ids[row]!, ...value })),
      outliers: outliers.map((row) => runs.ids[row]!),
    },
    members,
    surrogate: fit.surrogate.describe(),
  };
}
