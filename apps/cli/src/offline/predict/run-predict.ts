import { basename, dirname } from 'node:path';
import { UnusableInput } from '../../cli.errors.js';
import { formatShare } from '../../terminal/numbers.js';
import { formatTable, right } from '../../terminal/table.js';
import { assertWritable, writeFiles } from '../../write-files.js';
import { writeJson, writeText } from '../../write-output.js';
import { estimatesAsCsv } from '../fit/prediction-csv.js';
import { predictByService, predictFromFile } from './predict-sources.js';
import type { Prediction, PredictOptions } from './prediction.js';

export async function runPredict(options: PredictOptions): Promise<void> {
  const { out } = options;
  if (out !== undefined) await assertWritable(out);
  const ofService = /^fit_[A-Za-z0-9]+$/.test(options.fit);
  if (!ofService && options.url !== undefined) {
    throw new UnusableInput(`--url belongs to the id of a fit (fit_…); ${options.fit} is a file`);
  }
  const { idColumn, rows, notes } = await (ofService ? predictByService(options) : predictFromFile(options));
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  let file: string | null = null;
  if (out !== undefined) {
    const content = estimatesAsCsv(idColumn, rows);
    [file = null] = await writeFiles(dirname(out), [{ path: basename(out), content }]);
  }
  if (options.json) writeJson({ command: 'predict', fit: options.fit, mixtures: rows, file, notes });
  else if (file !== null) writeText(`${rows.length} mixtures predicted in ${file}`);
  else writeText(predictionTable(idColumn, rows));
}

function predictionTable(idColumn: string, rows: readonly Prediction[]): string {
  const digits = (value: number | null) => (value === null ? '–' : value.toFixed(4));
  const targets = Object.keys(rows[0]?.predicted ?? {});
  const several = targets.length > 1;
  const table = formatTable(
    [
      { title: idColumn, names: true },
      ...(several ? [{ title: 'target', names: true }] : []),
      ...['predicted', 'standard error', 'lower 90 %', 'upper 90 %'].map(right),
    ],
    rows.flatMap(({ id, predicted }) =>
      Object.entries(predicted).map(([target, { mean, standardError, lower90, upper90 }]) => [
        id,
        ...(several ? [target] : []),
        ...[mean, standardError, lower90, upper90].map(digits),
      ]),
    ),
  );
  const nearest = rows.map(
    ({ id, nearest: { run, distance, outside } }) =>
      `${id}: ${formatShare(distance)} of the tokens away from run ${run}${outside ? ', OUTSIDE the sampled region' : ''}`,
  );
  const title = several ? 'Predicted losses of new runs' : `Predicted ${targets[0]} of new runs`;
  return [`${title}, with 90 % intervals`, '', table, '', 'Nearest measured mixture', ...nearest].join('\n');
}
