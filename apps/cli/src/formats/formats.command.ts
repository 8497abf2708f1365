import type { Command } from 'commander';
import { formatNames, formats } from '#libs/training-configs';
import { describeFormat } from '../../../api/src/formats/describe-format.js';
import { UnusableInput } from '../cli.errors.js';
import { writeJson, writeText } from '../write-output.js';
import { explainFormat, tableOfFormats } from './formats-text.js';

/** `cuvee formats`: what weights can be exported in, from the same list as GET /v1/formats. */
export function formatsCommand(program: Command): void {
  program
    .command('formats [name]')
    .description("the trainers' formats that weights can be exported in; with a name, all that one needs and takes")
    .option('--json', 'print one JSON document on standard output')
    .action(showFormats);
}

function showFormats(name: string | undefined, options: { json?: boolean }): void {
  const described = Object.values(formats).map(describeFormat);
  if (name === undefined) {
    if (options.json) writeJson({ formats: described });
    else writeText(tableOfFormats(described));
    return;
  }
  const found = described.find((format) => format.name === name);
  if (!found) throw new UnusableInput(`there is no format "${name}"; the formats are ${formatNames.join(', ')}`);
  if (options.json) writeJson(found);
  else writeText(explainFormat(found));
}
