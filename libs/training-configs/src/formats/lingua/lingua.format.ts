import { type LocationRule, locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { randomDraw } from '../../samplers/random-draw.js';
import { parseLingua } from './parse.js';
import { writeLingua } from './write.js';

/** Sub-directories of root_dir: os.path.join would leave it for an absolute path. */
const rule: LocationRule = {
  registeredAs: ['lingua'],
  example: '{domain}',
  what: 'the sub-directory',
  fallback: '{domain}',
  problem(directory) {
    if (directory.startsWith('/')) return 'is absolute; Lingua joins it to root_dir';
    const parts = directory.split('/');
    if (parts.includes('..')) return 'leaves root_dir with ".."';
    return parts.some((part) => part === '' || part === '.') ? 'has an empty part or "." between slashes' : null;
  },
};

/** Meta Lingua: a source is drawn for each document, then the document is tokenized and packed. */
export const linguaFormat: TrainingConfigFormat = {
  name: 'lingua',
  trainer: 'Meta Lingua',
  description: 'data.yaml: data.sources, the weight of each sub-directory of data.root_dir',
  needs:
    'Sub-directories of data.root_dir named as the domains, or given by locations.lingua in the corpus or the option ' +
    'location.',
  unit: () => 'documents',
  units: ['documents'],
  options: {
    location: sharedOptions.location('{domain}'),
    rootDir: { kind: 'text', description: 'data.root_dir, the folder above all sources; left out if not given' },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Start a new dump_dir with the sources of the next phase and checkpoint.init_ckpt_path at the last checkpoint: ' +
      'resuming in the same dump_dir restores the old sources with the state of the data loader, whatever the file says. ' +
      'From init_ckpt_path Lingua loads the weights of the model only; optimizer, step and schedule start anew.',
  },
  example: { rootDir: '/data/shuffled' },
  key: (domain, options) => locationOf(domain, options, rule),
  write: writeLingua,
  parse: parseLingua,
  simulate: (input) => randomDraw(input, 'documents'),
};
