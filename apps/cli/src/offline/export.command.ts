import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { createCorpusSchema } from '#libs/contracts';
import { InvalidInputError } from '#libs/simplex';
import {
  canonicalProposal,
  type ExportResult,
  exportProposal,
  formatNames,
  type ProposalDetails,
} from '#libs/training-configs';
import { UnusableInput } from '../cli.errors.js';
import { readJsonInput } from '../read-input.js';
import { writeFiles } from '../write-files.js';
import { writeJson, writeText } from '../write-output.js';

interface ExportCommandOptions {
  proposal: string;
  format: string;
  out: string;
  recommended?: boolean;
  corpus?: string;
  prefix?: string;
  valid?: string[];
  test?: string[];
  force?: boolean;
  json?: boolean;
}

/** `cuvee export`: a proposal file as a training configuration, without any service. */
export function exportCommand(program: Command): void {
  program
    .command('export')
    .description('write a proposal file as a training configuration; each file is parsed back and compared first')
    .requiredOption(
      '--proposal <file>',
      'what `cuvee propose --json` or GET /v1/proposals/:id gave; - reads standard input',
    )
    .addOption(new Option('--format <format>', "the trainer's format").choices([...formatNames]).makeOptionMandatory())
    .requiredOption('--out <folder>', 'where the files are written')
    .option('--recommended', 'the mixture that the document recommends, where that is not the proposal')
    .option('--corpus <file>', 'the corpus as registered, for token counts and the locations of the domains')
    .option('--prefix <template>', 'megatron: dataset prefixes, such as /data/{domain}_text_document')
    .option('--valid <prefix...>', 'megatron: dataset prefixes of the validation split')
    .option('--test <prefix...>', 'megatron: dataset prefixes of the test split')
    .option('--force', 'replace files that exist and differ')
    .option('--json', 'print one JSON document on standard output')
    .action(runExport);
}

async function runExport(options: ExportCommandOptions): Promise<void> {
  const document = await readJsonInput(options.proposal);
  const corpus = options.corpus === undefined ? {} : await readCorpus(options.corpus);
  const exported = writeFormat(document, corpus, options);
  const unchanged = await areUnchanged(options.out, exported.result.files);
  const files = await writeFiles(options.out, exported.result.files, unchanged || options.force === true);

  const { format, warnings } = exported.result;
  for (const warning of warnings) process.stderr.write(`note: ${warning}\n`);
  const { proposalId, mixture, recommended, hash } = exported;
  const loudly = sayLoudly(mixture, recommended);
  if (loudly !== null) process.stderr.write(`\n  ATTENTION: ${loudly}\n\n`);
  if (options.json) writeJson({ format, proposalId, mixture, recommended, hash, files, warnings });
  else writeText(files.join('\n'));
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

function writeFormat(document: unknown, corpus: ProposalDetails, options: ExportCommandOptions) {
  try {
    const mixture = options.recommended ? 'recommended' : 'proposal';
    const read = canonicalProposal(document, { ...corpus, mixture });
    // A proposal made offline has no hash of its own; the files must still lead back to one document.
    const hash = read.hash ?? `sha256:${createHash('sha256').update(JSON.stringify(document)).digest('hex')}`;
    const { prefix, valid, test } = options;
    const result: ExportResult = exportProposal({ ...read, hash }, options.format, { prefix, valid, test });
    return { result, hash, proposalId: read.proposalId, mixture: read.mixture, recommended: read.recommended };
  } catch (error) {
    if (error instanceof InvalidInputError) throw new UnusableInput(error.message, { cause: error });
    throw error;
  }
}

async function readCorpus(path: string): Promise<ProposalDetails> {
  const parsed = createCorpusSchema.safeParse(await readJsonInput(path));
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new UnusableInput(`${path} is no corpus: ${first?.path.join('.')}: ${first?.message}`);
  }
  const { domains } = parsed.data;
  return {
    tokens: Object.fromEntries(domains.map(({ name, tokens }) => [name, tokens])),
    locations: Object.fromEntries(domains.map(({ name, locations }) => [name, locations ?? {}])),
  };
}

/** Whether every file that is there already holds exactly what would be written: then nothing is lost. */
async function areUnchanged(folder: string, files: ExportResult['files']): Promise<boolean> {
  for (const { path, content } of files) {
    try {
      if ((await readFile(resolve(folder, path), 'utf8')) !== content) return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
    }
  }
  return true;
}
