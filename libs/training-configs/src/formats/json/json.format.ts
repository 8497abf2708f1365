import type { TrainingConfigFormat } from '../../format.js';
import { parseJson } from './parse.js';
import { writeJson } from './write.js';

export const jsonFormat: TrainingConfigFormat = {
  name: 'json',
  description: 'One JSON document: weights, epochs, hash and provenance. For scripts.',
  needs: 'Nothing more than the weights.',
  options: {},
  zeros: 'kept',
  maxDomains: 100_000,
  key: ({ domain }) => domain,
  write: writeJson,
  parse: parseJson,
};
