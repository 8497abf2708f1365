import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import {
  type CanonicalProposal,
  canonicalProposal,
  exportProposal,
  inPhases,
  type ProposalDetails,
  readLaterPhase,
} from '#libs/training-configs';
import { readJsonInput } from '../read-input.js';
import { blamingFlags } from '../training-config/blaming-flags.js';
import { readEarlierExport } from '../training-config/earlier-export.js';
import { addFolderOptions, type FolderOptions } from '../training-config/folder-options.js';
import { addFormatOption, addFormatOptions, formatOptionsOf } from '../training-config/format-options.js';
import { readCorpus } from '../training-config/read-corpus.js';
import { reportExport, reportUnchanged } from '../training-config/report-export.js';
import { writeExport } from '../training-config/write-export.js';

interface ExportCommandOptions extends FolderOptions {
  proposal: string;
  format: string;
  then?: string[];
  recommended?: boolean;
  corpus?: string;
}

/** `cuvee export`: a proposal file as a training configuration, without any service. */
export function exportCommand(program: Command): void {
  const command = program
    .command('export')
    .description('write a proposal file as a training configuration; each file is parsed back and compared first')
    .requiredOption(
      '--proposal <file>',
      'what `cuvee propose --json` or GET /v1/proposals/:id gave; - reads standard input',
    );
  addFormatOption(command)
    .option('--then <[name=]file@start...>', 'a later phase: from this share of the run on, the proposal of that file')
    .option('--recommended', 'the mixture that the documents recommend, where that is not the proposal')
    .option('--corpus <file>', 'the corpus as registered: tokens, documents and locations of the domains');
  addFormatOptions(addFolderOptions(command)).action(runExport);
}

async function runExport(options: ExportCommandOptions, command: Command): Promise<void> {
  const formatOptions = formatOptionsOf(command, options.format);
  const details = options.corpus === undefined ? {} : (await readCorpus(options.corpus)).details;
  const { proposal, result } = await blamingFlags(async () => {
    const proposal = await readInPhases(options, details);
    return { proposal, result: exportProposal(proposal, options.format, formatOptions) };
  });
  const { files, ...rest } = result;
  const earlier = await readEarlierExport(options.out, options.format);
  const written = await writeExport(options.out, options.format, files, earlier, options.force === true);
  const { proposalId, mixture, recommended, hash } = proposal;
  const origin = { proposalId, mixture, recommended, hash };
  const json = options.json === true;
  if (options.ifChanged && !written.changed) {
    return reportUnchanged(options.out, { ...origin, ...rest, files: written.files }, json);
  }
  reportExport({ origin, result: rest, written, attention: sayLoudly(mixture, recommended) }, json);
}

async function readInPhases(options: ExportCommandOptions, details: ProposalDetails): Promise<CanonicalProposal> {
  const first = await readProposal(options.proposal, details, options);
  const later: { name: string | null; start: number; proposal: CanonicalProposal }[] = [];
  for (const { reference, name, start } of (options.then ?? []).map(readLaterPhase)) {
    later.push({ name, start, proposal: await readProposal(reference, details, options) });
  }
  return inPhases(first, later);
}

async function readProposal(
  path: string,
  details: ProposalDetails,
  { recommended }: ExportCommandOptions,
): Promise<CanonicalProposal> {
  const document = await readJsonInput(path);
  const read = canonicalProposal(document, { ...details, mixture: recommended ? 'recommended' : 'proposal' });
  // A proposal made offline has no hash of its own; the files must still lead back to one document.
  const hash = read.hash ?? `sha256:${createHash('sha256').update(JSON.stringify(document)).digest('hex')}`;
  return { ...read, hash, phases: read.phases.map((phase) => ({ ...phase, hash: phase.hash ?? hash })) };
}

/** What must not be overlooked: which weights were written, where they are not both proposed and recommended. */
function sayLoudly(mixture: string, recommended: string | null): string | null {
  if (mixture !== 'proposal') {
    return `these are the weights of the ${labelOf(mixture)} mixture, which the document recommends, not of the proposal.`;
  }
  if (recommended === null || recommended === 'proposal') return null;
  return (
    `these are the weights of the proposal, but its document recommends the ${labelOf(recommended)} mixture. ` +
    '"--recommended" writes that one.'
  );
}

function labelOf(mixture: string): string {
  return mixture === 'best-observed' ? 'best measured' : mixture;
}
