export { readLogProbabilities } from './read-log-probabilities.js';
export { type MixtureTable, readMixtureTable } from './read-mixtures.js';
export { readRunLines, readRunRecords } from './read-run-lines.js';
export { readRunTables } from './read-run-tables.js';
export type { LabelledText, RunTable, TableLimits } from './run-table.js';
export { countOf, listSome } from './wording.js';
