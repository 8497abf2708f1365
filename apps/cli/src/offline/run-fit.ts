import { basename, dirname } from 'node:path';
import { assertTarget } from '#libs/proposals';
import { type FittedTargets, fitTargets, outOfFoldHalfWidth } from '#libs/surrogates';
import { codeVersion } from '../../../api/src/code-version.js';
import { UnusableInput } from '../cli.errors.js';
import { formatTable } from '../terminal/table.js';
import { assertWritable, writeFiles } from '../write-files.js';
import { writeJson, writeText } from '../write-output.js';
import { hashInputs } from './inputs-hash.js';
import { type JoinedRuns, joinRuns } from './join-runs.js';
import { readCsv } from './read-csv.js';
import { readMixtures } from './read-mixtures.js';
import { blamingInput } from './unusable-input.js';

export interface FitOptions {
  weights: string;
  losses: string;
  target?: string[];
  model: string;
  folds: number;
  seed: number;
  predict?: string;
  out?: string;
  json?: boolean;
}

const INTERVAL_LEVEL = 0.9;

/** The targets named, checked and without repeats, or all of them. */
export function chooseTargets(runs: JoinedRuns, named: readonly string[] | undefined): string[] {
  const known = Object.keys(runs.losses);
  for (const target of named ?? []) assertTarget(target, known);
  return named ? [...new Set(named)] : known;
}

export function reportFit(target: string, done: number, total: number): void {
  process.stderr.write(`fitting ${target}${total > 1 ? ` (${done + 1} of ${total})` : ''}\n`);
}

interface Predictions {
  file: string;
  rows: number;
  /** Out-of-fold RMSE, the same for every row. */
  standardError: number;
  /** Half of the 90% interval's width; null with too few runs to tell. */
  halfWidth90: number | null;
  notes: readonly string[];
}

/** Writes one row per mixture: id, mean, standardError, and lower90 and upper90 where there are runs enough. */
async function writePredictions(
  options: { predict: string; out: string },
  runs: JoinedRuns,
  target: string,
  fitted: FittedTargets[string],
): Promise<Predictions> {
  const table = await readCsv(options.predict);
  const read = readMixtures(table, runs.domains);
  const mean = fitted.surrogate.predict(read.rows.map(({ weights }) => weights));
  const observed = fitted.rowsUsed.map((r) => runs.losses[target]![r]!);
  const half = outOfFoldHalfWidth(fitted.outOfFold, observed, INTERVAL_LEVEL);
  const standardError = fitted.diagnostics.outOfFold.rmse;
  const { signal } = fitted.diagnostics;
  const silence = signal.present ? [] : [`the predictions of "${target}" mean nothing: ${signal.reason}`];
  const [idColumn, ids] = [...table.ids][0] ?? ['index', Array.from({ length: table.rows }, (_, r) => String(r + 1))];
  const lines = [[idColumn, 'mean', 'standardError', ...(half === null ? [] : ['lower90', 'upper90'])].join(',')];
  read.rows.forEach(({ row }, k) => {
    const interval = half === null ? [] : [mean[k]! - half, mean[k]! + half];
    lines.push([csvCell(ids[row]!), mean[k]!, standardError, ...interval].join(','));
  });
  const [file] = await writeFiles(
    dirname(options.out),
    [{ path: basename(options.out), content: `${lines.join('\n')}\n` }],
    true,
  );
  return {
    file: file!,
    rows: read.rows.length,
    standardError,
    halfWidth90: half,
    notes: [...table.notes, ...read.notes, ...silence],
  };
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export async function runFit(options: FitOptions): Promise<void> {
  const { predict, out } = options;
  if ((predict === undefined) !== (out === undefined)) throw new UnusableInput('--predict and --out need each other');
  if (out !== undefined) await assertWritable(out);
  const [weights, losses] = [await readCsv(options.weights), await readCsv(options.losses)];
  const runs = joinRuns(weights, losses);
  const targets = await blamingInput(() => chooseTargets(runs, options.target), options.losses);
  if (predict !== undefined && targets.length > 1) {
    throw new UnusableInput(`--predict needs one --target; there are ${targets.length}: ${targets.join(', ')}`);
  }
  const chosen = Object.fromEntries(targets.map((target) => [target, runs.losses[target]!]));
  const fitted = await blamingInput(() => fitTargets(runs.mixtures, chosen, options, reportFit), options.losses);
  const predictions =
    predict === undefined || out === undefined
      ? null
      : await blamingInput(() => writePredictions({ predict, out }, runs, targets[0]!, fitted[targets[0]!]!), predict);
  const notes = [...runs.notes, ...(predictions?.notes ?? [])];
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  if (options.json) {
    writeJson({
      command: 'fit',
      domains: runs.domains,
      runs: runs.mixtures.length,
      joinedOn: runs.joinedOn,
      renormalised: runs.renormalised,
      unmatched: runs.unmatched,
      targets: Object.fromEntries(
        targets.map((target) => {
          const { diagnostics, surrogate, rowsUsed } = fitted[target]!;
          const leftOut = runs.mixtures.length - rowsUsed.length;
          return [target, { ...diagnostics, leftOut, surrogate: surrogate.describe() }];
        }),
      ),
      predictions: predictions && {
        file: predictions.file,
        rows: predictions.rows,
        standardError: predictions.standardError,
        halfWidth90: predictions.halfWidth90,
      },
      provenance: {
        model: options.model,
        seed: options.seed,
        folds: options.folds,
        codeVersion: codeVersion(),
        inputsHash: hashInputs({ weights: weights.text, losses: losses.text }),
      },
      notes,
    });
    return;
  }
  writeText(fitTable(targets, fitted));
  if (predictions) writeText(`\n${predictions.rows} predictions in ${predictions.file}`);
}

function fitTable(targets: readonly string[], fitted: FittedTargets): string {
  const columns = [
    { title: 'target' },
    { title: 'model' },
    ...['runs', 'Spearman', 'MAE', 'RMSE', 'of the mean', 'R²'].map((title) => ({
      title,
      align: 'right' as const,
    })),
    { title: 'signal' },
  ];
  const digits = (value: number | null) => (value === null ? '–' : value.toFixed(4));
  const rows = targets.map((target) => {
    const { model, rows: used, outOfFold, baseline, signal } = fitted[target]!.diagnostics;
    const { spearman, mae, rmse, r2 } = outOfFold;
    const numbers = [spearman, mae, rmse, baseline.rmse, r2].map(digits);
    return [target, model, String(used), ...numbers, signal.present ? 'yes' : 'no'];
  });
  const silent = targets
    .map((target) => [target, fitted[target]!.diagnostics.signal] as const)
    .filter(([, signal]) => !signal.present)
    .map(([target, signal]) => `${target}: ${signal.reason}`);
  return [
    'Scores of mixtures that the fit had not seen. MAE and RMSE are in the unit of the losses; "of the mean" is the',
    'RMSE of predicting every mixture by the mean of the others.',
    '',
    formatTable(columns, rows),
    ...silent,
  ].join('\n');
}
