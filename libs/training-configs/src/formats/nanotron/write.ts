import { requireStartSteps } from '../../export/steps.js';
import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

const FILE = 'nanotron.yaml';

/** `data_stages`, to stand in the configuration of the run in place of its own. */
export function writeNanotron(plan: ExportPlan): Written {
  const { phases, options, header } = plan;
  // nanotron counts steps from 1.
  const starts = phases.length === 1 ? [1] : requireStartSteps('nanotron', plan).map((step) => step + 1);
  const stages = phases.map(({ name, entries }, i) => ({
    name,
    start_training_step: starts[i],
    data: {
      seed: options.number('seed'),
      num_loading_workers: 1,
      dataset: {
        dataset_folder: entries.map(({ key }) => key),
        dataset_weights: entries.map(({ text }) => new DecimalText(text)),
      },
    },
  }));
  return {
    files: [{ path: FILE, content: yamlText({ data_stages: stages }, header) }],
    usage: [
      `Put data_stages of ${FILE} in the place of data_stages in the run's own YAML: nanotron reads one file, and refuses ` +
        'keys it does not know and a key that stands twice.',
      'Each folder must hold the .ds files and their .metadata as datatrove writes them, all with one tokenizer.',
      ...(phases.length === 1
        ? []
        : [
            `The stages begin at the training steps ${starts.join(', ')}, counted from 1; tokens.train_steps must be that ` +
              'of the whole run.',
          ]),
    ],
    starts,
  };
}
