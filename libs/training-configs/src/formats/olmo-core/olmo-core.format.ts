import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { RunInPhases, TrainingConfigFormat } from '../../format.js';
import { sourceMixture } from '../../samplers/source-mixture.js';
import { parseOlmoCore } from './parse.js';
import { pathRule } from './paths.js';
import { writeOlmoCore } from './write.js';

/** OLMo-core: shares of tokens, as they are. */
export const olmoCoreFormat: TrainingConfigFormat = {
  name: 'olmo-core',
  trainer: 'OLMo-core',
  description: 'a SourceMixtureList, for SourceMixtureList.from_yaml',
  needs:
    "Each domain's token files: locations.olmo-core in the corpus, or the option location. With the tokens of the " +
    'domains and of the run it also says how often each may be repeated.',
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: sharedOptions.location(pathRule.example),
    batchSize: sharedOptions.batchSize,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: { relaunch },
  example: { location: pathRule.example, batchSize: 512, sequenceLength: 8192 },
  key(domain, options) {
    locationOf(domain, options, pathRule);
    return domain.domain;
  },
  write: writeOlmoCore,
  parse: parseOlmoCore,
  simulate: (input, options) => sourceMixture(input, options.number('batchSize')),
};

function relaunch({ phases }: RunInPhases): string {
  const requested = phases.map(({ name, tokens }) => `${name} ${tokens === undefined ? '…' : Math.round(tokens)}`);
  return (
    `Train each phase as a run of its own that starts from the last checkpoint of the one before, with its own ` +
    `requested_tokens (${requested.join(', ')}). A run that goes on with its data loader's state refuses another ` +
    'mixture unless ignore_fingerprint_mismatch=True is set in its NumpyDataLoaderConfig.'
  );
}
