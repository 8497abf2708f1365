import { formatNames, formats, type OptionDescription } from '#libs/training-configs';

/** One option under its name, as all the formats that have it take it together. */
export interface OptionSummary {
  readonly name: string;
  readonly formats: readonly string[];
  /** Of a format that takes several texts and one that takes one, several. */
  readonly kind: OptionDescription['kind'];
  readonly description: string;
  readonly choices: readonly string[];
  /** Whether some format has it on unless told otherwise. */
  readonly onByDefault: boolean;
}

/** Every option that some format has, those of most formats first. */
export function optionsOfFormats(): OptionSummary[] {
  const found = new Map<string, { format: string; option: OptionDescription }[]>();
  for (const format of formatNames) {
    for (const [name, option] of Object.entries(formats[format]!.options)) {
      found.set(name, [...(found.get(name) ?? []), { format, option }]);
    }
  }
  return [...found]
    .map(([name, described]): OptionSummary => {
      const options = described.map(({ option }) => option);
      return {
        name,
        formats: described.map(({ format }) => format),
        kind: options.find(({ kind }) => kind === 'list')?.kind ?? options[0]!.kind,
        description: summarise(options),
        choices: [...new Set(options.flatMap(({ choices }) => choices ?? []))],
        onByDefault: options.some((option) => option.default === true),
      };
    })
    .sort((a, b) => b.formats.length - a.formats.length || (a.name < b.name ? -1 : 1));
}

/** What most formats say of the option, without their examples; where they differ, it is said where to look. */
function summarise(options: readonly OptionDescription[]): string {
  const plain = options.map(({ description }) => description.replace(/,? e\.g\. .*$/, ''));
  const count = (text: string) => plain.filter((other) => other === text).length;
  const most = [...plain].sort((a, b) => count(b) - count(a) || a.length - b.length)[0]!;
  const standards = [...new Set(options.map((option) => option.default))];
  const shown = standards.length === 1 && typeof standards[0] !== 'boolean' && standards[0] !== undefined;
  return `${most}${shown ? `; default: ${standards[0]}` : ''}${count(most) < plain.length ? '; more: cuvee formats NAME' : ''}`;
}

/** An option as one format takes it: what it means, what it may be, and what holds otherwise. */
export function describeOption({ description, choices, default: standard }: OptionDescription): string {
  const allowed = choices && choices.length > 0 ? `; one of ${choices.join(', ')}` : '';
  const otherwise = standard === undefined || standard === false ? '' : `; default: ${standard}`;
  return `${description}${allowed}${otherwise}`;
}
