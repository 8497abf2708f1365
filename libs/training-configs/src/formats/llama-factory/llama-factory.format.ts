import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { interleave, type StoppingRule } from '../../samplers/interleave.js';
import { materialisedRows } from '../../samplers/materialised-rows.js';
import { dataSetRule, registeredNameRule } from './location.js';
import { parseLlamaFactory } from './parse.js';
import { writeLlamaFactory } from './write.js';

/**
 * LLaMA-Factory has two data engines. v0 passes probabilities to interleave_datasets; v1 (USE_V1) takes a weight times
 * the rows of each data set.
 */
export const llamaFactoryFormat: TrainingConfigFormat = {
  name: 'llama-factory',
  trainer: 'LLaMA-Factory',
  description:
    'mixture.yaml with dataset and interleave_probs for the training file, or the data file of the v1 engine',
  needs:
    'Tokens and documents of every domain (v1: tokens, and the tokens of the run). For v0 each domain must be registered ' +
    'in dataset_info.json, under its own name or the one that the option location gives; for v1 the option location ' +
    'says where it lies.',
  unit: (options) => (options.text('engine') === 'v1' ? 'epochs' : 'documents'),
  units: ['documents', 'epochs'],
  options: {
    engine: {
      kind: 'choice',
      description: 'v0: probabilities of the documents drawn; v1, which USE_V1=1 turns on: passes over each data set',
      choices: ['v0', 'v1'],
      default: 'v0',
    },
    location: {
      kind: 'text',
      description:
        'v0: names in dataset_info.json, {domain} otherwise; v1: data sets of the Hub (org/{domain}) or files (/data/{domain}.jsonl)',
    },
    mixStrategy: {
      kind: 'choice',
      description:
        'v0: end a pass with the first data set (interleave_under), or with the last, the others being repeated ' +
        '(interleave_over, what is taken otherwise) or not (interleave_once, shares drift)',
      choices: ['interleave_under', 'interleave_over', 'interleave_once'],
    },
    download: {
      kind: 'flag',
      description: 'v0: download every data set before training, instead of reading the data while training',
      default: false,
    },
    batchSize: sharedOptions.batchSize,
    trainSteps: sharedOptions.trainSteps,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Train each phase with the mixture.yaml of its folder and a directory of its own, with model_name_or_path at the ' +
      'output of the phase before; resume_from_checkpoint would skip as many batches of the new mixture as it has ' +
      'trained on.',
  },
  example: { location: '{domain}' },
  key: (domain, options) =>
    locationOf(domain, options, options.text('engine') === 'v1' ? dataSetRule : registeredNameRule),
  write: writeLlamaFactory,
  parse: parseLlamaFactory,
  simulate(input, options) {
    if (options.text('engine') !== 'v1') {
      return interleave(input, input.settings.stopping_strategy as StoppingRule, input.settings.streaming === true);
    }
    const draws = materialisedRows(input, {
      sampler: 'rows drawn with replacement',
      rows: (amount, documents) => Math.trunc(documents * amount),
    });
    return {
      ...draws,
      remarks: [
        'v1 draws rows with replacement: of a data set with weight 1, about 37 % are missing and others come twice',
        ...draws.remarks,
      ],
    };
  },
};
