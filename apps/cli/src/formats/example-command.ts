import type { FormatList } from '#libs/contracts';
import { flagOf } from '../training-config/flag-names.js';

type Format = FormatList['formats'][number];

/** A command to copy: the format's own example options on a proposal and a corpus that lie in files. */
export function exampleCommand({ name, example, options }: Format): string {
  const words = [
    'npx cuvee export --proposal proposal.json --corpus corpus.json',
    `--format ${name} --out configuration`,
  ];
  for (const [option, value] of Object.entries(example)) {
    const flag = flagOf(option);
    if (typeof value === 'boolean') {
      const standard = options[option]?.default === true;
      if (value !== standard) words.push(value ? flag : flag.replace('--', '--no-'));
    } else
      words.push(
        `${flag} ${[value]
          .flat()
          .map((item) => quote(String(item)))
          .join(' ')}`,
      );
  }
  return words.join(' \\\n  ');
}

/** As a shell needs it. */
function quote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
