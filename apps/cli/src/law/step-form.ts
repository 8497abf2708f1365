import { holdOutSteps, lossesAtTokens, predictionOf, shortNumber, stepErrors } from '#libs/mixing-laws';
import type { FitForm } from './law-form.js';
import { withoutRank } from './nested-form.js';

/** The step law of every run: its losses continued to D tokens at its own size. */
export const stepForm: FitForm = (table, settings) => {
  const { rows } = table;
  settings.report('fitting the step laws');
  const main = lossesAtTokens(rows, settings.tokens);
  const test = holdOutSteps(rows);
  let longest = 0;
  for (let r = 0; r < rows.tokens.length; r++) longest = Math.max(longest, rows.tokens[r]!);
  const key = (size: number, mixture: number, target: number) => `${size} ${mixture} ${target}`;
  const predicted = new Map(main.losses.map((row) => [key(row.size, row.mixture, row.target), row.loss]));
  const spread = stepErrors(rows, settings.tokens, settings.bootstraps, settings.seed);
  const further = Math.max(0, Math.log(settings.tokens / longest));
  const heldOut = test ? test.law.rmse * Math.max(1, further / test.distance) : 0;
  const sorted = [...main.exponents].sort((a, b) => a - b);
  return {
    parameters: {
      all: {
        runs: main.exponents.length,
        exponent:
          sorted.length > 0 ? { median: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! } : null,
        leftOut: main.leftOut,
        converged: main.converged,
        reason: main.converged ? 'every exponent lies inside its bounds' : 'an exponent reached its bound',
      },
    },
    heldOut: test
      ? [
          {
            target: rows.targets.length === 1 ? rows.targets[0]! : 'all',
            what: 'steps',
            description: `the last losses of each run, from those up to ${shortNumber(test.fittedUpTo)} ${table.tokenUnit}`,
            law: withoutRank(test.law),
            baseline: { ...withoutRank(test.baseline), rule: 'the last of those losses' },
          },
        ]
      : [],
    notes: main.leftOut > 0 ? [`${main.leftOut} curves left out: fewer than 3 training lengths`] : [],
    predict: null,
    means: null,
    trained: (v, u, size, tokens) => {
      const k = key(size, u, v);
      const loss = tokens === settings.tokens ? predicted.get(k) : undefined;
      if (loss === undefined) return null;
      const error = spread.get(k) ?? 0;
      return predictionOf(loss, error, error > 0 ? heldOut : 0);
    },
  };
};
