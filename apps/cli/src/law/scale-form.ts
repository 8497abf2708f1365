import {
  bootstrapScaleLaw,
  fitScaleLaw,
  heldOutError,
  holdOutScaleLaw,
  type ScaleLawFit,
  type ScaleLawForm,
  type ScaleLawReplicates,
  type ScaleRows,
  takeRows,
} from '#libs/mixing-laws';
import type { FitForm, HeldOutLine } from './law-form.js';
import type { LawTable } from './law-table.js';

/** The rows of one target whose mixture can be used, with the mixtures numbered anew. */
export function rowsOfTarget({ rows, usable }: LawTable, target: number): ScaleRows {
  const positions = Array.from({ length: rows.losses.length }, (_, r) => r).filter(
    (r) => rows.targetOf[r] === target && usable[rows.mixtureOf[r]!],
  );
  const taken = takeRows(rows, positions);
  const kept = [...new Set(positions.map((r) => rows.mixtureOf[r]!))];
  const place = new Map(kept.map((u, k) => [u, k]));
  return {
    ...taken,
    mixtures: kept.map((u) => rows.mixtures[u]!),
    mixtureOf: positions.map((r) => place.get(rows.mixtureOf[r]!)!),
  };
}

function describe(fit: ScaleLawFit, domains: readonly string[]): Record<string, unknown> {
  const { layout, theta } = fit;
  const m = domains.length;
  const byDomain = (at: number, map: (value: number) => number) =>
    Object.fromEntries(domains.map((domain, i) => [domain, map(theta[at + i]!)]));
  const factor = (at: number) =>
    fit.form === 'additive' ? Math.exp(theta[at]!) : { C: byDomain(at, Math.exp), gamma: theta[at + m]! };
  return {
    E: theta[0]!,
    C: byDomain(layout.mix, Math.exp),
    gamma: byDomain(layout.logGamma, Math.exp),
    alpha: Math.exp(theta[layout.logAlpha]!),
    beta: Math.exp(theta[layout.logBeta]!),
    // A and B stand for N and D in units of these, the geometric means of the fitted rows.
    A: factor(layout.size),
    B: factor(layout.data),
    referenceSize: Math.exp(fit.logSizeReference),
    referenceTokens: Math.exp(fit.logTokenReference),
    converged: fit.converged,
    reason: fit.reason,
    iterations: fit.iterations,
    residual: fit.residual,
  };
}

export function scaleForm(form: ScaleLawForm): FitForm {
  return (table, settings) => {
    const { targets } = table.rows;
    const laws: { rows: ScaleRows; replicates: ScaleLawReplicates; error: (n: number, d: number) => number }[] = [];
    const heldOut: HeldOutLine[] = [];
    const parameters: Record<string, Record<string, unknown>> = {};
    targets.forEach((target, v) => {
      settings.report(`fitting ${target} (${v + 1} of ${targets.length})`);
      const rows = rowsOfTarget(table, v);
      const options = { form, seed: settings.seed };
      const fit = fitScaleLaw(rows, options);
      const tests = holdOutScaleLaw(rows, options);
      for (const { what, description, law, baseline } of tests)
        heldOut.push({ target, what, description, law, baseline });
      parameters[target] = describe(fit, table.domains);
      laws.push({
        rows,
        replicates: bootstrapScaleLaw(rows, fit, options, settings.bootstraps),
        error: (n, d) => heldOutError(rows, tests, n, d),
      });
    });
    const sizes = new Set(Array.from(table.rows.sizes)).size;
    const notes =
      sizes < 3
        ? [
            `${sizes === 1 ? 'one size does' : 'two sizes do'} not determine how loss falls with size: the published exponent ` +
              '0.34 decides, and its doubt is in the intervals; a third size would test it',
          ]
        : [];
    return {
      parameters,
      heldOut,
      notes,
      predict: (v, mixtures, n, d) => laws[v]!.replicates.predict(mixtures, n, d, laws[v]!.error(n, d)),
      means: (v, mixtures, n, d) => laws[v]!.replicates.fit.predict(mixtures, n, d),
      trained: (v, u, n, d) =>
        table.usable[u] ? laws[v]!.replicates.predict([table.rows.mixtures[u]!], n, d, laws[v]!.error(n, d))[0]! : null,
    };
  };
}
