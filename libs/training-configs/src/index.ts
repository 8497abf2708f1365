export type { CanonicalProposal, CanonicalWeight } from './canonical-proposal.js';
export { ExportMismatchError } from './export-mismatch.error.js';
export { type ExportResult, exportProposal, exportWith } from './export-proposal.js';
export type {
  ExportEntry,
  ExportedFile,
  ExportOptions,
  ExportPlan,
  OptionDescription,
  ParsedFile,
  ParsedSplit,
  TrainingConfigFormat,
} from './format.js';
export { formatNames, formats } from './formats/registry.js';
export { canonicalProposal, type ProposalDetails } from './read-proposal.js';
