import type { Command } from 'commander';
import { type CheckReport, checkConfig, commonOptions } from '#libs/training-configs';
import { blamingFlags } from '../training-config/blaming-flags.js';
import { addFormatOption, addFormatOptions, formatOptionsOf } from '../training-config/format-options.js';
import { writeJson, writeText } from '../write-output.js';
import { describeCheck, worstFirst } from './check-text.js';
import { type ConfigFileOptions, domainsOf, readConfigFile } from './config-file.js';

/** `cuvee check`: what a trainer would do with a configuration that the user has already. */
export function checkCommand(program: Command): void {
  const command = program
    .command('check <file>')
    .description("check a trainer's configuration that you have: what is wrong with it, and what the trainer would do");
  addFormatOption(command)
    .option('--corpus <file>', 'the corpus as registered: which domain each source is, token shares and epochs')
    .option('--json', 'print one JSON document on standard output')
    .addHelpText(
      'after',
      '\nA file "-" reads standard input. Exit codes: 0 usable, 2 not usable\nor not readable: ' +
        'an error means that the trainer refuses the file, or reads\nsomething else than stands there.',
    );
  const { targetTokens, sequenceLength, draws } = commonOptions;
  const ofTheRun = { ...targetTokens!, description: 'Tokens of the run, for the passes over each source' };
  addFormatOptions(command, { targetTokens: ofTheRun, sequenceLength: sequenceLength!, draws: draws! }).action(check);
}

async function check(path: string, options: ConfigFileOptions, command: Command): Promise<void> {
  const given = formatOptionsOf(command, options.format);
  const domains = await domainsOf(options.corpus);
  const file = await readConfigFile(path);
  const report = await blamingFlags(() => checkConfig(options.format, file, domains, given));
  const sorted: CheckReport = { ...report, findings: worstFirst(report.findings) };
  if (options.json) writeJson(sorted);
  else writeText(describeCheck(sorted));
  if (!report.usable) process.exitCode = 2;
}
