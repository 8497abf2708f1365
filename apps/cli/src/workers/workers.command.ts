import type { Command } from 'commander';
import { ApiClient } from '../client/api-client.js';
import { apiUrl } from '../environment.js';
import { writeJson, writeText } from '../write-output.js';
import { describeWorkers } from './workers-text.js';

export function workersCommand(program: Command): void {
  program
    .command('workers')
    .description('who trains: state, backend, speed and trainers of every worker')
    .option('--url <address>', 'address of the API (default: CUVEE_URL, or what "cuvee up" of this folder serves)')
    .option('--all', 'also those that have stopped, and those lost more than a day ago')
    .option('--json', 'print one JSON document on standard output')
    .action(async (options: { url?: string; all?: boolean; json?: boolean }) => {
      const workers = await new ApiClient(apiUrl(options.url)).workers();
      if (options.json) writeJson({ workers });
      else writeText(describeWorkers(workers, { all: options.all ?? false, now: Date.now() }));
    });
}
