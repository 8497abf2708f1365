import type { FormatList } from '#libs/contracts';
import { commonOptions, unitDescriptions } from '#libs/training-configs';
import { formatTable } from '../terminal/table.js';
import { labelled } from '../terminal/wrap.js';
import { flagOf, inFlags } from '../training-config/flag-names.js';
import { describeOption } from '../training-config/option-summary.js';
import { exampleCommand } from './example-command.js';

const allOf = new Intl.ListFormat('en', { type: 'conjunction' });

type Format = FormatList['formats'][number];

/** The facts of each domain or run that a unit is converted with, in words. */
const factNames: Readonly<Record<Format['facts'][number], string>> = {
  tokens: 'the tokens of each domain',
  documents: 'the documents of each domain',
  targetTokens: 'the length of the run (--target-tokens)',
};

export function tableOfFormats(formats: readonly Format[]): string {
  const rows = [...formats]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, trainer, units, phases }) => [
      name,
      trainer,
      units.join(', '),
      phases === 'one file' ? phases : 'one each',
    ]);
  const table = formatTable(
    [{ title: 'format' }, { title: 'trainer' }, { title: 'a weight counts' }, { title: 'phases' }],
    rows,
  );
  const used = Object.entries(unitDescriptions).filter(([unit]) =>
    formats.some(({ units }) => units.some((u) => u === unit)),
  );
  const units = used.map(([unit, description]) => labelled(unit, description, 11)).join('\n');
  return `${table}\n\n${units}\n\n"cuvee formats NAME" says what one needs and takes.`;
}

export function explainFormat(format: Format): string {
  const { name, trainer, description, units, facts, zeros, maxDomains, phases, needs } = format;
  const say = (label: string, text: string) => labelled(label, text, 12);
  const counted = units.map((unit) => `${unit}: ${unitDescriptions[unit]}`).join('\n');
  return [
    `${name}: ${trainer}`,
    '',
    say('files', description),
    say('needs', inFlags(needs)),
    say('unit', counted),
    ...(facts.length > 0
      ? [
          say(
            'facts',
            `${units.length > 1 ? 'depending on the unit, ' : ''}${allOf.format(facts.map((fact) => factNames[fact]))} must be known`,
          ),
        ]
      : []),
    say('weight 0', zeros === 'kept' ? 'is written' : 'is left out, and that is said'),
    say('domains', `at most ${maxDomains}`),
    say(
      'phases',
      phases === 'one file' ? 'all in one file' : 'a folder of files for each, and PHASES.md on how to go on',
    ),
    '',
    optionsTable(format),
    '',
    'For example:',
    '',
    exampleCommand(format),
  ].join('\n');
}

function optionsTable({ options }: Format): string {
  const own = Object.keys(options).filter((name) => !Object.hasOwn(commonOptions, name));
  const lines = [...own, ...Object.keys(commonOptions)].map((name) => {
    const option = options[name]!;
    const flag = `  ${flagOf(name)}${option.kind === 'list' ? ' …' : ''}`;
    return labelled(flag, inFlags(describeOption(option)), 22);
  });
  return `Options:\n${lines.join('\n')}`;
}
