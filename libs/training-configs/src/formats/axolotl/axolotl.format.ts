import { canonicalHubLocation, dataFileLoader, hubLocation, hubOptions } from '../../export/hub-location.js';
import { type LocationRule, locationOf } from '../../export/locations.js';
import type { TrainingConfigFormat } from '../../format.js';
import { materialisedRows } from '../../samplers/materialised-rows.js';
import { parseAxolotl } from './parse.js';
import { writeAxolotl } from './write.js';

const hub = hubLocation(['axolotl', 'huggingface']);
const rule: LocationRule = {
  ...hub,
  problem(location) {
    const isPattern = dataFileLoader(location) !== null && /[*?[]/.test(location);
    return isPattern ? 'holds a wildcard, but Axolotl wants the path of one file or folder' : hub.problem(location);
  },
};

/** Axolotl's `datasets[].weight`: the part of the rows that is kept, never more than all of them. */
export const axolotlFormat: TrainingConfigFormat = {
  name: 'axolotl',
  trainer: 'Axolotl',
  description: 'mixture.yaml with datasets and the part of each that is kept, to merge into a training file',
  needs:
    "Each domain's data set: locations.axolotl in the corpus, or the option location. Tokens of every domain. A version " +
    'of Axolotl that has datasets[].weight; older ones ignore it without a word.',
  unit: () => 'kept',
  units: ['kept'],
  options: {
    ...hubOptions,
    location: {
      kind: 'text',
      description:
        'Where the domains lie, {domain} standing for the name: a data set of the Hub with configuration and split ' +
        '(org/{domain}, org/corpus:{domain}, org/corpus:{domain}:validation), a folder, or a file (/data/{domain}.jsonl)',
    },
    type: {
      kind: 'text',
      description: 'How Axolotl turns rows into examples: completion, chat_template, alpaca, …',
      default: 'completion',
    },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Train each phase with the mixture.yaml of its folder and an output_dir of its own, with base_model at the output ' +
      'of the phase before.',
  },
  example: { location: '/data/{domain}' },
  key: (domain, options) => canonicalHubLocation(locationOf(domain, options, rule), options.text('split')!),
  write: writeAxolotl,
  parse: parseAxolotl,
  simulate: (input) =>
    materialisedRows(input, {
      sampler: 'a random part of the rows',
      rows: (amount, documents) => Math.trunc(amount * documents),
    }),
};
