import { shortNumber } from '../../export/header.js';
import { hubDataset } from '../../export/hub-location.js';
import { assertApart } from '../../export/patterns.js';
import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

export function writeTrl({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  assertApart(entries.map(({ domain, key }) => ({ domain, location: key })));
  const split = options.text('split')!;
  const columns = options.list('columns');
  const datasets = entries.map(({ key, text }) => {
    const { path, config, dataFiles, split: own } = hubDataset(key, split);
    return {
      path,
      ...(config === undefined ? {} : { name: config }),
      ...(dataFiles === undefined ? {} : { data_files: dataFiles }),
      split: own,
      ...(columns === undefined ? {} : { columns }),
      fraction: new DecimalText(text),
    };
  });
  // Every row is kept of the domain that is repeated most, so its passes are those over the whole mixture.
  const passes = Math.max(...entries.map(({ epochs }) => epochs ?? Number.NaN));
  return {
    files: [{ path: 'mixture.yaml', content: yamlText({ datasets }, header) }],
    usage: [
      'Put `datasets` into the file that `trl sft --config` reads, and leave `dataset_name` and `streaming` out of it.',
      Number.isNaN(passes)
        ? 'How long the run is depends on --num_train_epochs or --max_steps, since rows are left out and none repeated.'
        : `For the tokens of the run pass --num_train_epochs ${shortNumber(passes)}, since rows are left out and none repeated.`,
      'TRL keeps the first rows of each data set: shuffle them before, if their order means something.',
    ],
  };
}
