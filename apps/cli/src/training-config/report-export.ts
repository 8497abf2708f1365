import { EACH_PHASE, type ExportResult } from '#libs/training-configs';
import { countOf } from '../terminal/numbers.js';
import { wrapText } from '../terminal/wrap.js';
import { writeJson, writeText } from '../write-output.js';
import { inFlags } from './flag-names.js';
import { describeShares } from './shares-text.js';
import type { WrittenExport } from './write-export.js';

/** Of three hundred domains each may have one. */
const MOST_NOTES = 10;

export interface ReportedExport {
  /** Which weights these are, for programs: proposal, mixture, hash. */
  readonly origin: Readonly<Record<string, unknown>>;
  readonly result: Omit<ExportResult, 'files'>;
  readonly written: WrittenExport;
  /** What must not be overlooked. */
  readonly attention: string | null;
}

/** Names of the files on standard output, all else on standard error; with `json` one document with everything. */
export function reportExport({ origin, result, written, attention }: ReportedExport, json: boolean): void {
  const { removed, kept } = written;
  for (const warning of result.warnings.slice(0, MOST_NOTES)) say(wrapText(`note: ${inFlags(warning)}`));
  const more = result.warnings.length - MOST_NOTES;
  if (more > 0) say(`and ${countOf(more, 'more note')}: --json lists all`);
  if (removed.length > 0) say(`note: removed, as this export has no such file: ${removed.join(', ')}`);
  if (kept.length > 0) say(`note: kept, as it was edited since an earlier export wrote it: ${kept.join(', ')}`);
  if (attention !== null) say(`\n${wrapAroundCommands(`ATTENTION: ${attention}`)}\n`);
  if (json) {
    const { changed, files } = written;
    writeJson({ changed, ...origin, attention, ...result, files, removed, kept });
    return;
  }
  say(`\n${describeShares(result)}\n\n${describeUsage(result.usage)}\n`);
  writeText(written.files.join('\n'));
}

/** A command to copy stays on one line. */
function wrapAroundCommands(text: string): string {
  const held = text.replace(/"cuvee [^"]*"/g, (command) => command.replaceAll(' ', '\u00a0'));
  return wrapText(held, undefined, '  ').replaceAll('\u00a0', ' ');
}

function describeUsage(usage: readonly string[]): string {
  const item = (line: string) => wrapText(inFlags(line), undefined, '  ').replace(/^ {2}/, '- ');
  const inEach = usage.filter((line) => line.startsWith(EACH_PHASE)).map((line) => line.slice(EACH_PHASE.length));
  const others = usage.filter((line) => !line.startsWith(EACH_PHASE));
  return [
    ...(inEach.length > 0 ? ['What to do with the files in the folder of each phase:', ...inEach.map(item), ''] : []),
    inEach.length > 0 ? 'And for the phases together:' : 'What to do with the files:',
    ...others.map(item),
  ].join('\n');
}

/** For `--if-changed`, where the folder holds this export already. */
export function reportUnchanged(folder: string, document: Readonly<Record<string, unknown>>, json: boolean): void {
  say(`unchanged: ${folder} holds this export already`);
  if (json) writeJson({ changed: false, ...document });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
