import { fitTwoDomainLaw, type LawPrediction } from '#libs/mixing-laws';
import type { FitForm, HeldOutLine } from './law-form.js';
import { fitMixtures, type MixtureFit, surrogateFor } from './mixture-surrogate.js';
import { describeMixtureFit } from './nested-form.js';

const isAt = (value: number, asked: number) => Math.abs(value - asked) <= 1e-9 * asked;

/** The mixture law at one size and training length, with the two-domain shortcut beside it where there are two. */
export const mixtureForm: FitForm = (table, settings) => {
  const { rows, usable } = table;
  const surrogate = surrogateFor(settings.model);
  const parameters: Record<string, Record<string, unknown>> = {};
  const heldOut: HeldOutLine[] = [];
  const notes: string[] = [];
  const fits = rows.targets.map((target, v): MixtureFit => {
    settings.report(`fitting ${target} (${v + 1} of ${rows.targets.length})`);
    const at = Array.from({ length: rows.losses.length }, (_, r) => r).filter(
      (r) =>
        rows.targetOf[r] === v &&
        usable[rows.mixtureOf[r]!] &&
        isAt(rows.sizes[r]!, settings.size) &&
        isAt(rows.tokens[r]!, settings.tokens),
    );
    const mixtures = at.map((r) => rows.mixtures[rows.mixtureOf[r]!]!);
    const losses = at.map((r) => rows.losses[r]!);
    const fit = fitMixtures(surrogate, mixtures, losses, settings.seed);
    const own = table.domains.indexOf(target);
    const twoDomains =
      table.domains.length === 2 && new Set(mixtures.map((h) => h[0]!)).size >= 3
        ? (() => {
            const axis = Math.max(0, own);
            const { floor, slope, intercept, correlation, residual } = fitTwoDomainLaw(
              mixtures.map((h) => h[axis]!),
              losses,
            );
            return { weightOf: table.domains[axis]!, floor, slope, intercept, correlation, residual };
          })()
        : null;
    parameters[target] = { ...describeMixtureFit(fit, losses.length), ...(twoDomains ? { twoDomains } : {}) };
    if (fit.heldOut && fit.baseline) {
      const description = 'mixtures in 5 folds, each from the others';
      const baseline = { ...fit.baseline, rule: 'the mean of the other mixtures' };
      heldOut.push({ target, what: 'mixtures', description, law: fit.heldOut, baseline });
    } else notes.push(`${target}: ${losses.length} mixtures are too few to hold some out (5 are needed)`);
    return fit;
  });
  const predict = (v: number, mixtures: readonly ArrayLike<number>[]): LawPrediction[] => fits[v]!.predict(mixtures);
  return {
    parameters,
    heldOut,
    notes,
    predict,
    means: (v, mixtures) => fits[v]!.fitted.predict(mixtures),
    trained: (v, u) => (usable[u] ? predict(v, [rows.mixtures[u]!])[0]! : null),
  };
};
