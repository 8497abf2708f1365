import { type Command, Help, type Option } from 'commander';
import { commonOptions, formats } from '#libs/training-configs';
import { inFlags } from './flag-names.js';
import { describeOption } from './option-summary.js';

/**
 * With `--format NAME --help`, the help shows the options of that format alone, in its own words; otherwise those of all.
 * @param names of the options that only some formats have
 */
export function helpForFormat(command: Command, names: ReadonlySet<string>): void {
  const ownOptions = () => formats[command.opts<{ format?: string }>().format ?? '']?.options;
  const nameOf = (option: Option) => option.attributeName();
  const help = Help.prototype;
  command
    .configureHelp({
      visibleOptions(shown) {
        const own = ownOptions();
        const all = help.visibleOptions.call(this, shown);
        return own ? all.filter((option) => !names.has(nameOf(option)) || Object.hasOwn(own, nameOf(option))) : all;
      },
      optionDescription(option) {
        const own = ownOptions()?.[nameOf(option)];
        return own && !option.negate && !Object.hasOwn(commonOptions, nameOf(option))
          ? inFlags(describeOption(own))
          : help.optionDescription.call(this, option);
      },
    })
    .addHelpText('after', '\nWith --format NAME, --help shows the options of that format alone.');
}
