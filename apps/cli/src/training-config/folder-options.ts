import { type Command, InvalidArgumentError } from 'commander';

export interface FolderOptions {
  out: string;
  ifChanged?: boolean;
  force?: boolean;
  json?: boolean;
}

/** Where an export goes and what may be replaced there. */
export function addFolderOptions(command: Command): Command {
  return command
    .requiredOption('--out <folder>', 'where the files are written', folderName)
    .option(
      '--if-changed',
      'print no file names where the folder holds exactly these files already; nothing is written',
    )
    .option('--force', 'replace files with other content, even those that no earlier export wrote or that were edited')
    .option('--json', 'print one JSON document on standard output')
    .addHelpText(
      'after',
      '\nFiles of an earlier export that nobody edited are replaced. Each appears whole\nor not at all.\n' +
        'Exit codes: 0 done or unchanged; 1 failed: network, service, disk;\n2 unusable input, nothing written.',
    );
}

/** An empty text is a variable that a script forgot to set, and would be the folder one is in. */
function folderName(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must name a folder; "." is the current one.');
  return value;
}
