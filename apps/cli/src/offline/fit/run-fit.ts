import { basename, dirname } from 'node:path';
import { predictMixtures, restoreTargets } from '#libs/computing';
import { type RunTable, readMixtureTable } from '#libs/run-tables';
import type { FittedTargets } from '#libs/surrogates';
import { UnusableInput } from '../../cli.errors.js';
import { readTextFile } from '../../read-text-file.js';
import { fitReport } from '../../reports/fit-report.js';
import { assertWritable, writeFiles } from '../../write-files.js';
import { writeJson, writeText } from '../../write-output.js';
import { chooseTargets, notesOnUnfitted, type TargetOptions } from '../choose-targets.js';
import type { RunsOptions } from '../runs-input.js';
import { blamingInput } from '../unusable-input.js';
import { describeFittedTarget } from './fit-document.js';
import { toFitFile } from './fit-file.js';
import { fitRuns, type ModelOptions } from './fit-runs.js';
import { estimateAt, estimatesAsCsv } from './prediction-csv.js';
import { notesOnSilence } from './silence.js';

export interface FitOptions extends RunsOptions, TargetOptions, ModelOptions {
  predict?: string;
  out?: string;
  save?: string;
  json?: boolean;
}

interface WrittenPredictions {
  readonly file: string;
  readonly rows: number;
  readonly notes: readonly string[];
}

async function writePredictions(
  path: string,
  out: string,
  runs: RunTable,
  fits: FittedTargets,
): Promise<WrittenPredictions> {
  const source = await readTextFile(path);
  const { idColumn, ids, mixtures, notes } = await blamingInput(() => readMixtureTable(source, runs.domains));
  const predictions = Object.entries(predictMixtures(fits, mixtures));
  const estimates = ids.map((id, r) => ({
    id,
    predicted: Object.fromEntries(predictions.map(([target, prediction]) => [target, estimateAt(prediction, r)])),
  }));
  const content = estimatesAsCsv(idColumn, estimates);
  const [file] = await writeFiles(dirname(out), [{ path: basename(out), content }]);
  return { file: file!, rows: ids.length, notes: [...notes, ...notesOnSilence(fits)] };
}

export async function runFit(options: FitOptions): Promise<void> {
  const { predict, out, save } = options;
  if ((predict === undefined) !== (out === undefined)) throw new UnusableInput('--predict and --out need each other');
  // Better said before the work than after it.
  for (const path of [out, save]) if (path !== undefined) await assertWritable(path);
  if (predict !== undefined) await readTextFile(predict);
  const fitted = await fitRuns(options, (table, label) => chooseTargets(options, Object.keys(table.losses), label));
  const { runs, records, unfitted, provenance } = fitted;
  const fits = restoreTargets(records);
  const predictions =
    predict === undefined || out === undefined ? null : await writePredictions(predict, out, runs, fits);
  if (save !== undefined) {
    const content = `${JSON.stringify(toFitFile(fitted))}\n`;
    await writeFiles(dirname(save), [{ path: basename(save), content }]);
  }
  const notes = [...runs.notes, ...notesOnUnfitted(unfitted), ...(predictions?.notes ?? [])];
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  if (!options.json) {
    writeText(fitReport(fits, runs));
    if (predictions) writeText(`\n${predictions.rows} mixtures predicted in ${predictions.file}`);
    if (save !== undefined)
      writeText(`\nThe fit is in ${save}: "cuvee predict" and "cuvee propose" take it with --fit`);
    return;
  }
  const described = Object.entries(fits).map(([target, fit]) => describeFittedTarget(target, fit, runs));
  writeJson({
    command: 'fit',
    ...(described.length === 1 && Object.keys(unfitted).length === 0
      ? described[0]
      : {
          runs: runs.mixtures.length,
          targets: Object.fromEntries(described.map(({ target, ...rest }) => [target, rest])),
          unfitted,
        }),
    domains: runs.domains,
    joinedOn: runs.joinedOn,
    renormalised: runs.renormalised,
    unmatched: runs.unmatched,
    predictions: predictions && { file: predictions.file, rows: predictions.rows },
    provenance,
    notes,
  });
}
