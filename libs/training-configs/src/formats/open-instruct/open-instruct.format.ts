import { type LocationRule, locationOf } from '../../export/locations.js';
import type { TrainingConfigFormat } from '../../format.js';
import { readsAsPythonFloat } from '../../reading/python-words.js';
import { materialisedRows } from '../../samplers/materialised-rows.js';
import { parseOpenInstruct } from './parse.js';
import { writeOpenInstruct } from './write.js';

/** The list of arguments goes through a shell, which splits at white space and puts file names for wildcards. */
const rule: LocationRule = {
  registeredAs: ['open-instruct', 'huggingface'],
  example: 'org/{domain} or /data/{domain}.jsonl',
  what: 'the data set',
  problem(location) {
    if (/\s/u.test(location)) return 'contains white space, where a shell splits arguments';
    const special = /["'\\$`*?[\](){}<>|&;#!~]/.exec(location)?.[0];
    if (special !== undefined) return `holds ${special}, which a shell takes for more than a character`;
    if (location.startsWith('-')) return 'begins with -, which would make it an option';
    if (location.includes(':')) return 'has a colon, but Open-Instruct passes neither a configuration nor a URL';
    if (readsAsPythonFloat(location)) return 'looks like a number, as the amounts beside it do';
    return null;
  },
};

/** Open-Instruct's mixer: passes over each data set, its rows copied and shuffled before training. */
export const openInstructFormat: TrainingConfigFormat = {
  name: 'open-instruct',
  trainer: 'Open-Instruct',
  description: 'mixture.args with --dataset_mixer_list for a command line, and mixture.yaml for a configuration file',
  needs:
    "Each domain's data set, of the Hub or a .jsonl or .parquet file: locations.open-instruct in the corpus, or the " +
    'option location. Tokens of every domain and of the run, because amounts are passes over the data.',
  unit: () => 'epochs',
  units: ['epochs'],
  options: {
    location: {
      kind: 'text',
      description: 'Where the domains lie, {domain} standing for the name: org/{domain} or /data/{domain}.jsonl',
    },
    split: { kind: 'text', description: 'Split of every data set', default: 'train' },
  },
  zeros: 'dropped',
  maxDomains: 10_000,
  phases: {
    relaunch: () =>
      'Train each phase with the mixture of its folder, with --model_name_or_path at the output of the phase before.',
  },
  example: { location: 'org/{domain}' },
  key: (domain, options) => locationOf(domain, options, rule),
  write: writeOpenInstruct,
  parse: parseOpenInstruct,
  simulate: (input) =>
    materialisedRows(input, {
      sampler: 'whole copies and random rows',
      rows: (amount, documents) => Math.trunc(amount * documents),
    }),
};
