import { InvalidInputError } from '#libs/simplex';
import type { OptionValues } from '../../export/options.js';
import { stepsOfPhase } from '../../export/steps.js';
import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';
import { isLocal } from './location.js';

export function writeLlamaFactory(plan: ExportPlan): Written {
  return plan.options.text('engine') === 'v1' ? writeDataFile(plan) : writeOverlay(plan);
}

/** v0: keys for the training file. */
function writeOverlay(plan: ExportPlan): Written {
  const { options, header } = plan;
  const { entries } = plan.phases[0]!;
  const streaming = !options.flag('download');
  const steps = stepsOfPhase(plan);
  const overlay = {
    dataset: entries.map(({ key }) => key).join(','),
    streaming,
    mix_strategy: options.text('mixStrategy') ?? 'interleave_over',
    interleave_probs: entries.map(({ text }) => text).join(','),
    ...(steps === null ? {} : { max_steps: steps }),
  };
  return {
    files: [{ path: 'mixture.yaml', content: yamlText(overlay, header) }],
    usage: [
      'Put these keys into the training file that `llamafactory-cli train` reads, in place of those it has.',
      'Each name in `dataset` must be in dataset_info.json of the dataset_dir; their order is that of the probabilities.',
      ...(streaming && steps === null
        ? [
            'Set max_steps: LLaMA-Factory refuses streaming without it. Give trainSteps, or batchSize and sequenceLength.',
          ]
        : []),
      'An eval_dataset must list as many data sets as there are probabilities, or be left out.',
    ],
    ...(overlay.mix_strategy === 'interleave_once' && {
      warnings: [
        'a LLaMA-Factory that does not know interleave_once repeats data sets, as interleave_over does, and says nothing',
      ],
    }),
  };
}

/** v1: a data file of its own. */
function writeDataFile({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  refuseOptionsOfV0(options);
  const datasets = new Map(
    entries.map(({ domain, key, text }) => [
      domain,
      { path: key, ...(isLocal(key) ? { source: 'local' } : {}), split: 'train', weight: new DecimalText(text) },
    ]),
  );
  return {
    files: [{ path: 'mixture.yaml', content: yamlText(datasets, header) }],
    usage: [
      'Set USE_V1=1 and name mixture.yaml as the data set of the training file (`dataset: mixture.yaml` where v1 was read).',
      'One epoch is the whole run: the weights are passes over each data set.',
      'Rows are drawn at random with replacement, so even a weight of 1 leaves some out.',
    ],
  };
}

/** Throws InvalidInputError EXPORT_OPTION for what v1 has no place for: no option is without effect. */
function refuseOptionsOfV0(options: OptionValues): void {
  const given = ['mixStrategy', 'download', 'batchSize', 'trainSteps'].find(
    (name) => options.text(name) !== undefined || options.number(name) !== undefined || options.flag(name),
  );
  if (given === undefined) return;
  throw new InvalidInputError('EXPORT_OPTION', `the option "${given}" is for engine v0: v1 has nothing like it`, {
    argument: given,
    allowed: 'engine v0',
  });
}
