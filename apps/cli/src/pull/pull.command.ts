import { type Command, Option } from 'commander';
import { formatNames } from '#libs/training-configs';
import { ApiClient } from '../client/api-client.js';
import { apiUrl } from '../environment.js';
import { writeFiles } from '../write-files.js';
import { writeJson, writeText } from '../write-output.js';
import { pullMixture } from './pull-mixture.js';

interface PullOptions {
  format: string;
  out: string;
  prefix?: string;
  valid?: string[];
  test?: string[];
  force?: boolean;
  url?: string;
  json?: boolean;
}

export function pullCommand(program: Command): void {
  program
    .command('pull <id>')
    .description("write a proposal's weights as a training configuration; a sweep's id gives its recommended mixture")
    .addOption(new Option('--format <format>', "the trainer's format").choices([...formatNames]).makeOptionMandatory())
    .requiredOption('--out <folder>', 'where the files are written')
    .option('--prefix <template>', 'megatron: dataset prefixes, such as /data/{domain}_text_document')
    .option('--valid <prefix...>', 'megatron: dataset prefixes of the validation split')
    .option('--test <prefix...>', 'megatron: dataset prefixes of the test split')
    .option('--force', 'replace files that exist')
    .option('--url <address>', 'address of the API')
    .option('--json', 'print one JSON document on standard output')
    .action(pull);
}

async function pull(id: string, options: PullOptions): Promise<void> {
  const { prefix, valid, test } = options;
  const pulled = await pullMixture(new ApiClient(apiUrl(options.url)), id, options.format, { prefix, valid, test });
  const files = await writeFiles(options.out, pulled.files, options.force === true);
  for (const warning of pulled.warnings) process.stderr.write(`note: ${warning}\n`);
  if (pulled.loudly !== null) process.stderr.write(`\n  ATTENTION: ${pulled.loudly}\n\n`);
  if (options.json) {
    const { mixture, proposalId, sweepId, format, warnings } = pulled;
    writeJson({ mixture, proposalId, sweepId, format, files, warnings });
  } else writeText(files.join('\n'));
}
