import type { TrainingConfigFormat } from '../../format.js';
import { parseCsv } from './parse.js';
import { writeCsv } from './write.js';

export const csvFormat: TrainingConfigFormat = {
  name: 'csv',
  description: 'One table: domain, weight, epochs, tokens, and the proposal each row comes from. For spreadsheets.',
  needs: 'Nothing more than the weights.',
  options: {},
  zeros: 'kept',
  maxDomains: 100_000,
  key: ({ domain }) => domain,
  write: writeCsv,
  parse: parseCsv,
};
