import { canonicalHubLocation, hubLocation, hubOptions } from '../../export/hub-location.js';
import { locationOf } from '../../export/locations.js';
import type { TrainingConfigFormat } from '../../format.js';
import { truncation } from '../../samplers/truncated-rows.js';
import { parseTrl } from './parse.js';
import { writeTrl } from './write.js';

const rule = hubLocation(['trl', 'huggingface']);

/** TRL's `fraction`: shares of rows, met by leaving rows out until the scarcest data set suffices. */
export const trlFormat: TrainingConfigFormat = {
  name: 'trl',
  trainer: 'TRL',
  description: 'mixture.yaml with the datasets and fractions of a DatasetMixtureConfig, to merge into a --config file',
  needs:
    "Each domain's data set: locations.trl in the corpus, or the option location. Tokens and documents of every domain, " +
    'because fractions count rows.',
  unit: () => 'documents',
  units: ['documents'],
  options: {
    ...hubOptions,
    columns: { kind: 'list', description: 'Columns to keep of every data set, such as text; all otherwise' },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Train each phase with the mixture.yaml of its folder, with --model_name_or_path at the last checkpoint of the ' +
      'phase before and --max_steps for the tokens given above; --resume_from_checkpoint would skip as many batches of ' +
      'the new mixture as it has trained on.',
  },
  example: { location: '/data/{domain}' },
  key: (domain, options) => canonicalHubLocation(locationOf(domain, options, rule), options.text('split')!),
  write: writeTrl,
  parse: parseTrl,
  simulate: truncation,
};
