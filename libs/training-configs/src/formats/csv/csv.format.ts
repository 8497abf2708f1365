import type { TrainingConfigFormat } from '../../format.js';
import { randomDraw } from '../../samplers/random-draw.js';
import { parseCsv } from './parse.js';
import { writeCsv } from './write.js';

export const csvFormat: TrainingConfigFormat = {
  name: 'csv',
  trainer: 'spreadsheets',
  description: 'mixture.csv: domain, weight, epochs, tokens, and the proposal each row comes from',
  needs: 'Nothing more than the weights.',
  unit: () => 'sequences',
  units: ['sequences'],
  options: {},
  zeros: 'kept',
  maxDomains: 100_000,
  phases: { relaunch: () => 'Each table holds the mixture of one phase.' },
  example: {},
  key: ({ domain }) => domain,
  write: writeCsv,
  parse: parseCsv,
  simulate: (input) => randomDraw(input, 'sequences'),
};
