import type { ExportedFile, ExportPlan, Written } from '../format.js';
import type { FileReading } from '../reading/reading.js';
import { ExportMismatchError } from './export-mismatch.error.js';
import { toTokenShares } from './units.js';

/** Of an amount in the file against the amount meant. */
const AMOUNT_TOLERANCE = 1e-12;
const SUM_TOLERANCE = 1e-9;
/** Of a token share, after the unit was inverted. */
const SHARE_TOLERANCE = 1e-9;

export interface ParsedFile {
  readonly file: ExportedFile;
  readonly reading: FileReading;
}

/**
 * Throws ExportMismatchError unless the trainer would take every file without complaint, each that holds weights holds
 * exactly the plan's (amounts within 1e-12 and written as planned, token shares within 1e-9 after inverting the unit),
 * and one does.
 */
export function compareWithPlan(
  format: string,
  parsed: readonly ParsedFile[],
  plan: ExportPlan,
  starts: Written['starts'],
): void {
  const holding = parsed.filter(({ reading }) => reading.phases.length > 0);
  if (holding.length === 0) throw new ExportMismatchError(`${format}: no file of the export holds weights`);
  for (const { file, reading } of parsed) {
    const finding = reading.findings.find(({ level }) => level !== 'note');
    if (finding) {
      throw new ExportMismatchError(
        `${format}: ${file.path} is not what the trainer reads: ${finding.where}: ${finding.message}`,
      );
    }
  }
  for (const { file, reading } of holding) compareFile(format, file, reading, plan, starts);
}

function compareFile(
  format: string,
  { path, content }: ExportedFile,
  { phases, splits }: FileReading,
  plan: ExportPlan,
  starts: Written['starts'],
): void {
  const fail = (what: string): never => {
    throw new ExportMismatchError(`${format}: ${path} does not hold the proposal after parsing it back: ${what}`);
  };
  if (phases.length !== plan.phases.length) fail(`${phases.length} phases instead of ${plan.phases.length}`);
  if (phases.length > 1 && starts?.length !== phases.length) fail('the writer does not say where the phases start');
  phases.forEach(({ sources, start }, p) => {
    const { entries, name } = plan.phases[p]!;
    if (starts && start !== starts[p]) fail(`phase ${name} starts at ${start} instead of ${starts[p]}`);
    if (sources.length !== entries.length) fail(`${sources.length} domains instead of ${entries.length}`);
    entries.forEach((entry, i) => {
      const { key, amount } = sources[i]!;
      if (key !== entry.key) fail(`"${key}" where "${entry.key}" belongs`);
      if (amount === null || !(Math.abs(amount - entry.amount) <= AMOUNT_TOLERANCE * Math.max(1, entry.amount))) {
        fail(`"${key}" has weight ${amount} instead of ${entry.amount}`);
      }
      // Some reader would understand 6e-1 as well; the next one takes it for text.
      if (!content.includes(entry.text)) fail(`the weight of "${key}" is not written as ${entry.text}`);
    });
    const amounts = sources.map(({ amount }) => amount!);
    if (plan.unit === 'sequences' || plan.unit === 'documents') {
      const sum = amounts.reduce((total, amount) => total + amount, 0);
      if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) fail(`the weights sum to ${sum}`);
    }
    toTokenShares(plan.unit, amounts, entries).forEach((share, i) => {
      const { key, weight } = entries[i]!;
      if (!(Math.abs(share - weight) <= SHARE_TOLERANCE)) fail(`"${key}" gets ${share} of the tokens, not ${weight}`);
    });
  });
  for (const split of ['valid', 'test'] as const) {
    if (!splits) continue;
    const asked = plan.options.list(split) ?? null;
    if (JSON.stringify(splits[split]) !== JSON.stringify(asked)) {
      fail(`its ${split} split is ${JSON.stringify(splits[split])}`);
    }
  }
}
