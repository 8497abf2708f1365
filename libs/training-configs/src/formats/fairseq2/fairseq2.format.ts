import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { float32Draw } from '../../samplers/float32-draw.js';
import { parseFairseq2 } from './parse.js';
import { writeFairseq2 } from './write.js';

/** The language-model recipe of fairseq2: a source is drawn for each document, then documents are packed. */
export const fairseq2Format: TrainingConfigFormat = {
  name: 'fairseq2',
  trainer: 'fairseq2',
  description: 'dataset.yaml: dataset.config_overrides.sources of the recipe lm/train',
  needs: "Each domain's folder of *.chunk.*.jsonl files: locations.fairseq2 in the corpus, or the option location.",
  unit: () => 'documents',
  units: ['documents'],
  options: { location: sharedOptions.location('/data/{domain}') },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Run each phase as a run of its own that starts from the model of the one before: a checkpoint also holds the ' +
      'position and the weights of the draw, so a resumed run keeps the old mixture, whatever the file says.',
  },
  example: { location: '/data/{domain}' },
  key: (domain, options) =>
    locationOf(domain, options, {
      registeredAs: ['fairseq2'],
      example: '/data/{domain}',
      what: 'the folder or file of JSON lines',
      problem: () => null,
    }),
  write: writeFairseq2,
  parse: parseFairseq2,
  simulate: float32Draw,
};
