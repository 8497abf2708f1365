import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Assignment, type AssignmentFile, isTransformer } from '#libs/contracts';
import type { AttemptCheckpoints } from '../checkpoints/attempt-checkpoints.js';
import { targetsOf } from './known-targets.js';
import { resolveSource, resolveTokenizer } from './resolve-source.js';

export interface PreparedBy {
  dataRoot: string;
  workDir: string;
  checkpoints: AttemptCheckpoints | undefined;
}

/**
 * Writes assignment.json into the run's folder: every name of the assignment resolved to a path of this worker.
 * Throws SourceError naming the domain whose source cannot be used.
 */
export async function prepareAssignment(
  assignment: Assignment,
  parameters: Readonly<Record<string, unknown>>,
  folder: string,
  worker: PreparedBy,
): Promise<string> {
  const { sweepId, runId, attempt, seed, fidelity, trainer } = assignment;
  const domains: AssignmentFile['domains'] = [];
  for (const { source, ...domain } of assignment.domains) {
    domains.push({ ...domain, path: await resolveSource(worker.dataRoot, { name: domain.name, source }) });
  }
  const file: AssignmentFile = {
    ...{ sweepId, runId, attempt, seed, fidelity },
    trainer: trainer.name,
    parameters,
    targets: [...targetsOf(assignment)],
    ...(await tokenizerOf(assignment, worker)),
    domains,
    checkpoints: (await worker.checkpoints?.begin(folder)) ?? null,
  };
  const path = join(folder, 'assignment.json');
  await writeFile(path, JSON.stringify(file));
  return path;
}

async function tokenizerOf({ trainer }: Assignment, { dataRoot, workDir }: PreparedBy) {
  const tokenizer = isTransformer(trainer) ? trainer.parameters.tokenizer : undefined;
  if (tokenizer === undefined) return {};
  return {
    tokenizerPath: await resolveTokenizer(dataRoot, tokenizer),
    tokenCacheFolder: join(workDir, 'tokens'),
  };
}
