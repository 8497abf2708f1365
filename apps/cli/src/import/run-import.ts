import { randomUUID } from 'node:crypto';
import { ApiClient } from '../client/api-client.js';
import { apiUrl } from '../environment.js';
import { chooseTargets, namesTargets, type TargetOptions } from '../offline/choose-targets.js';
import { type ProposalOptions, readProposalRequest } from '../offline/propose/proposal-files.js';
import { parseRuns, type RunsOptions, readRunTexts } from '../offline/runs-input.js';
import { watchToTheEnd } from '../sweep/watch-to-the-end.js';
import { writeJson, writeText } from '../write-output.js';

export interface ImportOptions extends RunsOptions, TargetOptions, ProposalOptions {
  model: string;
  folds: number;
  seed: number;
  name?: string;
  idempotencyKey?: string;
  watch: boolean;
  url?: string;
  json?: boolean;
}

/** What the service says of the tables, by their names in the request: it was said here already, by their files. */
const onTables = /^(weights|losses|runs): /;

export async function runImport(options: ImportOptions): Promise<void> {
  const request = await readProposalRequest(options);
  const read = await readRunTexts(options);
  // The service reads the same text again; what is wrong with it is better said here, with the file's name.
  const runs = await parseRuns(read);
  const chosen = await chooseTargets(options, Object.keys(runs.losses), read.lossesLabel);
  // All that there are: those that can be fitted.
  const targets = namesTargets(options) ? chosen : undefined;
  for (const note of runs.notes) process.stderr.write(`note: ${note}\n`);
  const { objective, samples, top, ...rest } = request;
  const { texts } = read;
  const body = {
    ...(texts.runs ? { runs: linesOf(texts.runs.text) } : { weights: texts.weights!.text, losses: texts.losses!.text }),
    name: options.name,
    seed: options.seed,
    ...rest,
    objective: targets && !objective.targets ? { ...objective, targets: equally(targets) } : objective,
    fit: { model: options.model, folds: options.folds, samples, top },
  };
  const client = new ApiClient(apiUrl(options.url));
  const sweep = await client.importSweep(body, options.idempotencyKey ?? randomUUID());
  for (const note of sweep.notes) if (!onTables.test(note)) process.stderr.write(`note: ${note}\n`);
  if (options.watch) {
    process.stderr.write(`sweep ${sweep.id}\n`);
    return watchToTheEnd(client, sweep.id, options);
  }
  if (options.json) writeJson(sweep);
  else writeText(`${sweep.id}\n\nFollow it with: cuvee sweep watch ${sweep.id}`);
}

function linesOf(text: string): unknown[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
}

function equally(targets: readonly string[]): Record<string, number> {
  return Object.fromEntries(targets.map((target) => [target, 1]));
}
