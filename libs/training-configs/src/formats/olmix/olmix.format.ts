import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { RunInPhases, TrainingConfigFormat } from '../../format.js';
import { sourceMixture } from '../../samplers/source-mixture.js';
import { nameRule } from './name.js';
import { parseOlmix } from './parse.js';
import { writeOlmix } from './write.js';

/** olmix launches OLMo-core runs, so its weights are shares of tokens too. */
export const olmixFormat: TrainingConfigFormat = {
  name: 'olmix',
  trainer: 'olmix',
  description: 'the mix of an olmix launch configuration; checks and reads *_optimal.json of olmix fit, too',
  needs:
    'Names as in data.sources of the launch configuration, topics as source:topic: those of the domains, or ' +
    'locations.olmix in the corpus, or the option location. With the tokens of the domains and of the run it also says ' +
    'how often each may be repeated.',
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: {
      kind: 'text',
      description: `Names of the domains in data.sources, {domain} standing for the domain's, e.g. ${nameRule.example}`,
    },
    batchSize: sharedOptions.batchSize,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: { relaunch },
  example: { batchSize: 512, sequenceLength: 8192 },
  key: (domain, options) => locationOf(domain, options, nameRule),
  write: writeOlmix,
  parse: parseOlmix,
  simulate: (input, options) => {
    const { global_batch_size: batch } = input.settings;
    return sourceMixture(input, options.number('batchSize') ?? (typeof batch === 'number' ? batch : undefined));
  },
};

function relaunch({ phases }: RunInPhases): string {
  const tokens = phases.map(({ name, tokens }) => `${name} ${tokens === undefined ? '…' : Math.round(tokens)}`);
  return (
    'Launch each phase with the mix of its own file and a chinchilla_multiple that gives its tokens ' +
    `(${tokens.join(', ')}); training.checkpoint_path of a later phase names the last checkpoint of the one before.`
  );
}
