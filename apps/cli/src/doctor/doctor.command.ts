import type { Command } from 'commander';
import { apiUrl, dataFolder, homeFolder } from '../environment.js';
import { writeJson, writeText } from '../write-output.js';

interface DoctorOptions {
  home?: string;
  data?: string;
  api?: string;
  json?: boolean;
}

/** For each backend: long enough for a figure that two looks agree on. */
const measuringSeconds = 1;

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('whether runs can be trained on this machine, how fast, and what is missing')
    .option('--home <folder>', 'home folder (default: CUVEE_HOME or .cuvee)')
    .option('--data <folder>', "where the domains' sources lie (default: CUVEE_DATA, or data in the home folder)")
    .option('--api <address>', 'also look whether this API answers (default: CUVEE_URL, when it is set)')
    .option('--json', 'print one JSON document on standard output')
    .addHelpText('after', '\nExit codes: 0 runs can be trained here, 1 they cannot.')
    .action(diagnose);
}

async function diagnose(options: DoctorOptions): Promise<void> {
  const [{ examine }, { describeExamination }] = await Promise.all([
    import('./examine.js'),
    import('./doctor-text.js'),
  ]);
  const home = homeFolder(options.home);
  const api = options.api ?? process.env.CUVEE_URL;
  const examination = await examine({
    home,
    data: dataFolder(home, options.data),
    dataNamed: options.data !== undefined || process.env.CUVEE_DATA !== undefined,
    api: api === undefined ? undefined : apiUrl(api),
    seconds: measuringSeconds,
    environment: process.env,
  });
  if (options.json) writeJson(examination);
  else writeText(describeExamination(examination));
  if (!examination.canTrain) process.exitCode = 1;
}
