import { type Command, Help, type Option } from 'commander';
import { commonOptions, formatNames, formats } from '#libs/training-configs';
import { outputWidth, wrapText } from '../terminal/wrap.js';
import { flagOf, inFlags } from './flag-names.js';
import { describeOption, type OptionSummary } from './option-summary.js';

/**
 * With `--format NAME --help`, the help describes the options of that format, in its own words. Without, it describes
 * those of most formats and names the others, which together would fill several screens.
 * @param some the options that only some formats have
 */
export function helpForFormat(command: Command, some: readonly OptionSummary[]): void {
  const names = new Set(some.map(({ name }) => name));
  const isRare = ({ formats: takers }: OptionSummary) => takers.length <= formatNames.length / 2;
  const rare = some.filter(isRare).map(({ name }) => name);
  const ownOptions = () => formats[command.opts<{ format?: string }>().format ?? '']?.options;
  const nameOf = (option: Option) => option.attributeName();
  const help = Help.prototype;
  command
    .configureHelp({
      visibleOptions(shown) {
        const own = ownOptions();
        const all = help.visibleOptions.call(this, shown);
        return all.filter((option) => {
          const name = nameOf(option);
          return !names.has(name) || (own ? Object.hasOwn(own, name) : !rare.includes(name));
        });
      },
      optionDescription(option) {
        const own = ownOptions()?.[nameOf(option)];
        return own && !option.negate && !Object.hasOwn(commonOptions, nameOf(option))
          ? inFlags(describeOption(own))
          : help.optionDescription.call(this, option);
      },
    })
    .addHelpText('after', () => {
      if (ownOptions()) return '';
      const flags = wrapText(rare.map(flagOf).join(' '), Math.min(80, outputWidth()), '  ');
      return `\nOptions of some formats, which --help describes with --format NAME:\n${flags}`;
    });
}
