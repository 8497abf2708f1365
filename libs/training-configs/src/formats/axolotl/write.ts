import { shortNumber } from '../../export/header.js';
import { hubDataset } from '../../export/hub-location.js';
import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

export function writeAxolotl({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const split = options.text('split')!;
  const type = options.text('type')!;
  const datasets = entries.map(({ key, text }) => {
    const { path, config, dataFiles, split: own } = hubDataset(key, split);
    return {
      path: dataFiles ?? path,
      ...(config === undefined ? {} : { name: config }),
      ...(dataFiles === undefined ? {} : { ds_type: path }),
      split: own,
      type,
      weight: new DecimalText(text),
    };
  });
  // All rows are kept of the domain that is repeated most, so its passes are those over the whole mixture.
  const passes = Math.max(...entries.map(({ epochs }) => epochs ?? Number.NaN));
  return {
    files: [{ path: 'mixture.yaml', content: yamlText({ datasets }, header) }],
    usage: [
      'Put `datasets` into the training file in place of its own, without `streaming` or `pretraining_dataset`, which ignore weights.',
      Number.isNaN(passes)
        ? 'How long the run is depends on num_epochs or max_steps, since rows are left out and none repeated.'
        : `For the tokens of the run set num_epochs: ${shortNumber(passes)}, since rows are left out and none repeated.`,
    ],
    warnings: [
      'Axolotl reads datasets[].weight since pull request 3690 of 2026; a version without it ignores the key and trains ' +
        'on all rows: compare the number of examples it logs with those kept',
    ],
  };
}
