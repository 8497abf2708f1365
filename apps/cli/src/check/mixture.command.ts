import type { Command } from 'commander';
import { InvalidInputError } from '#libs/simplex';
import {
  type CanonicalDomain,
  type ExportedFile,
  type ExportOptions,
  type ReadMixture,
  readMixture,
} from '#libs/training-configs';
import { UnusableInput } from '../cli.errors.js';
import { blamingFlags } from '../training-config/blaming-flags.js';
import { inFlags } from '../training-config/flag-names.js';
import { addFormatOption, addFormatOptions, formatOptionsOf } from '../training-config/format-options.js';
import { writeJson } from '../write-output.js';
import { type ConfigFileOptions, domainsOf, readConfigFile } from './config-file.js';

interface MixtureOptions extends ConfigFileOptions {
  corpus: string;
  phase?: string;
  name?: string;
}

/** `cuvee mixture`: an existing configuration as token shares, for the baseline of a sweep or a proposal. */
export function mixtureCommand(program: Command): void {
  const command = program
    .command('mixture <file>')
    .description(
      'read the mixture out of a trainer\'s configuration: {"name", "weights"} as token shares, for a sweep\'s ' +
        '"baseline" or propose --baseline',
    );
  addFormatOption(command)
    .requiredOption('--corpus <file>', 'the corpus as registered: which domain each source is, and how long it is')
    .option('--phase <name>', 'the phase that counts, where the file has several')
    .option('--name <name>', "what reports call the mixture (default: the file's name)");
  addFormatOptions(command, {}).action(mixture);
}

async function mixture(path: string, options: MixtureOptions, command: Command): Promise<void> {
  const given = formatOptionsOf(command, options.format);
  const domains = await domainsOf(options.corpus);
  const file = await readConfigFile(path);
  const { weights, notes } = await blamingFlags(() => readPhase(options, file, domains, given));
  for (const note of notes) process.stderr.write(`note: ${inFlags(note)}\n`);
  const name = options.name ?? (options.phase === undefined ? file.path : `${file.path}, ${options.phase}`);
  // Twelve digits: what the conversion left behind is no information.
  const rounded = Object.entries(weights).map(([domain, weight]) => [domain, Number(weight.toPrecision(12))]);
  writeJson({ name, weights: Object.fromEntries(rounded) });
}

function readPhase(
  { format, phase }: MixtureOptions,
  file: ExportedFile,
  domains: readonly CanonicalDomain[],
  given: ExportOptions,
): ReadMixture {
  try {
    return readMixture(format, file, domains, given, phase);
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.code !== 'CONFIG_PHASES') throw error;
    throw new UnusableInput(`${error.message} (--phase)`, { cause: error });
  }
}
