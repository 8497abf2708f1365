import type { RunTable } from '#libs/run-tables';
import { type FittedTarget, nameDiagnostics } from '#libs/surrogates';

/** One target's fit as `--json` prints it: positions of runs and domains as their names. */
export function describeFittedTarget(target: string, fit: FittedTarget, runs: RunTable) {
  const { model, rows, members, ...diagnostics } = nameDiagnostics(fit.diagnostics, runs.domains, runs.ids);
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
