import type { TrainingConfigFormat } from '../../format.js';
import { randomDraw } from '../../samplers/random-draw.js';
import { parseJson } from './parse.js';
import { writeJson } from './write.js';

export const jsonFormat: TrainingConfigFormat = {
  name: 'json',
  trainer: 'scripts',
  description:
    'mixture.json: weights and epochs by domain with hash and provenance; several mixtures as a list of phases',
  needs: 'Nothing more than the weights.',
  unit: () => 'sequences',
  units: ['sequences'],
  options: {},
  zeros: 'kept',
  maxDomains: 100_000,
  phases: 'native',
  example: {},
  key: ({ domain }) => domain,
  write: writeJson,
  parse: parseJson,
  simulate: (input) => randomDraw(input, 'sequences'),
};
