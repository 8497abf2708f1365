// Options of formats as flags, taken from the registry: a new format needs no edit here.
import { type Command, Option } from 'commander';
import {
  commonOptions,
  type ExportOptions,
  formatNames,
  formats,
  type OptionDescription,
} from '#libs/training-configs';
import { UnusableInput } from '../cli.errors.js';
import { flagOf, inFlags } from './flag-names.js';
import { helpForFormat } from './format-help.js';
import { describeOption, type OptionSummary, optionsOfFormats } from './option-summary.js';

export function addFormatOption(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', "the trainer's format: see cuvee formats")
      .choices([...formatNames])
      .makeOptionMandatory(),
  );
}

/**
 * A flag for each option that formats have, in two groups of the help.
 * @param common those of every format which mean something to the command
 */
export function addFormatOptions(
  command: Command,
  common: Readonly<Record<string, OptionDescription>> = commonOptions,
): Command {
  for (const [name, option] of Object.entries(common)) {
    const flag = { name, kind: option.kind, choices: [], onByDefault: false };
    addFlag(command, flag, describeOption(option), 'Options of every format:');
  }
  const some = optionsOfFormats();
  for (const option of some) {
    addFlag(command, option, option.description, 'Options of formats:');
  }
  helpForFormat(command, some);
  return command;
}

function addFlag(
  command: Command,
  { name, kind, choices, onByDefault }: Pick<OptionSummary, 'name' | 'kind' | 'choices' | 'onByDefault'>,
  says: string,
  group: string,
): void {
  const flag = flagOf(name);
  const text = inFlags(says.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()));
  const add = (flags: string, description: string) =>
    command.addOption(new Option(flags, description).helpGroup(group));
  if (kind === 'flag') {
    add(flag, text);
    if (onByDefault) add(flag.replace('--', '--no-'), `turns ${flag} off`);
  } else if (kind === 'list') add(`${flag} <text...>`, text);
  else if (kind === 'integer' || kind === 'number') add(`${flag} <n>`, text);
  else if (kind === 'choice') add(`${flag} <name>`, `${choices.join(', ')}: ${text}`);
  else add(`${flag} <${name === 'location' ? 'template' : 'text'}>`, text);
}

/**
 * The options given for a format, by their own names and as text, which the format checks. Throws UnusableInput for one
 * that the format does not have, with those it has.
 */
export function formatOptionsOf(command: Command, format: string): ExportOptions {
  const own = formats[format]!.options;
  const known = { ...own, ...commonOptions };
  const given: Record<string, ExportOptions[string]> = {};
  for (const name of new Set([...Object.keys(commonOptions), ...optionsOfFormats().map(({ name }) => name)])) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    if (!Object.hasOwn(known, name)) {
      const flags = [...Object.keys(own), ...Object.keys(commonOptions)].filter((each) => offers(command, each));
      throw new UnusableInput(
        `the format ${format} has no option ${flagOf(name)}; it has ${flags.map(flagOf).join(', ') || 'none'}`,
      );
    }
    const value: string | string[] | boolean = command.getOptionValue(name);
    // Where another format takes several texts, one still arrives in a list.
    given[name] = Array.isArray(value) && value.length === 1 && known[name]!.kind !== 'list' ? value[0] : value;
  }
  return given;
}

function offers(command: Command, name: string): boolean {
  return command.options.some((option) => option.attributeName() === name);
}
