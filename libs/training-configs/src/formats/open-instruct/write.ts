import { InvalidInputError } from '#libs/simplex';
import type { ExportEntry, ExportPlan, Written } from '../../format.js';
import { yamlText } from '../../writing/yaml.js';

/** The amounts always have a point: "1" would be one row. In YAML they are text, because a number is refused there. */
export function writeOpenInstruct({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  entries.forEach(assertOneRow);
  const split = options.text('split')!;
  if (/\s/u.test(split) || split.startsWith('-')) {
    const message = `the option split must be one word, got ${JSON.stringify(split)}`;
    throw new InvalidInputError('EXPORT_OPTION', message, { argument: 'split', value: split, allowed: 'one word' });
  }
  const file = entries.find(({ key }) => split !== 'train' && /\.(?:jsonl|parquet)$/.test(key));
  if (file) {
    throw new InvalidInputError(
      'EXPORT_OPTION',
      `Open-Instruct reads ${file.key} with split train alone, not ${split}`,
      {
        argument: 'split',
        value: split,
        allowed: 'train',
      },
    );
  }
  const list = entries.flatMap(({ key, text }) => [key, text]);
  const pairs = entries.map(({ key, text }) => `${key} ${text}\n`).join('');
  return {
    files: [
      { path: 'mixture.args', content: `--dataset_mixer_list\n${pairs}--dataset_mixer_list_splits ${split}\n` },
      {
        path: 'mixture.yaml',
        content: yamlText({ dataset_mixer_list: list, dataset_mixer_list_splits: [split] }, header),
      },
    ],
    usage: [
      'On a command line, unquoted: `python open_instruct/finetune.py … $(cat mixture.args) --num_train_epochs 1`.',
      'Or put the keys of mixture.yaml into the configuration file whose name is the first argument.',
      'One epoch is the whole run: the amounts are passes over each data set.',
    ],
  };
}

/** Throws WEIGHT_TOO_SMALL where the trainer would be left without a row, which it refuses after all have been loaded. */
function assertOneRow({ domain, amount, documents }: ExportEntry): void {
  if (documents === undefined || Math.trunc(amount * documents) > 0) return;
  throw new InvalidInputError(
    'WEIGHT_TOO_SMALL',
    `"${domain}" would get less than one of its ${documents} rows, and Open-Instruct refuses an empty data set: ` +
      'leave it out with a weight of 0, or make the run longer (targetTokens)',
    { argument: 'weights', value: amount, domains: [domain], allowed: `at least ${1 / documents} passes` },
  );
}
