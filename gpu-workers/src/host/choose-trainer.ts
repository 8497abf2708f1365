import { existsSync } from 'node:fs';
import { type Assignment, builtInTrainerName, isTransformer } from '#libs/contracts';
import { SourceError } from './resolve-source.js';
import type { TrainerOutcome } from './run-trainer.js';
import { gpusOf, type TrainerEntry, type TrainerManifest } from './trainer-manifest.js';
import { checkParameters } from './trainer-parameters.js';

export interface ChosenTrainer {
  entry: TrainerEntry;
  parameters: Readonly<Record<string, unknown>>;
  gpus: number;
}

/** Wrong with this worker, not with the run: another worker may do it. */
class WorkerFault extends Error {}

/** Wrong with what the sweep asks for: no worker of this manifest may do it. */
class RunFault extends Error {}

/**
 * The manifest's entry for a run, its parameters checked and completed, and how many GPUs it gets of the `mostGpus` that
 * one run can have. Throws WorkerFault or RunFault.
 */
export function chooseTrainer(assignment: Assignment, trainers: TrainerManifest, mostGpus: number): ChosenTrainer {
  const { name } = assignment.trainer;
  const entry = findTrainer(trainers, name);
  return { entry, parameters: parametersFor(entry, assignment), gpus: requireGpus(entry, name, mostGpus) };
}

function findTrainer(trainers: TrainerManifest, name: string): TrainerEntry {
  const entry = Object.hasOwn(trainers, name) ? trainers[name] : undefined;
  if (entry === undefined) {
    const known = Object.keys(trainers).join(', ') || 'none';
    throw new WorkerFault(`this worker has no trainer "${name}"; it knows: ${known}`);
  }
  const [program, script] = entry.command;
  // The built-in trainer's program is Node itself, which is always there.
  const needed = name === builtInTrainerName && script !== undefined ? script : program;
  if (!existsSync(needed)) throw new WorkerFault(`the program of trainer "${name}" is missing on this worker`);
  return entry;
}

/** Throws RunFault for what the manifest entry does not allow. */
function parametersFor(entry: TrainerEntry, { trainer }: Assignment): Readonly<Record<string, unknown>> {
  if (entry.parameters === undefined || isTransformer(trainer)) return trainer.parameters;
  const checked = checkParameters(entry.parameters, trainer.parameters);
  if (!checked.ok) throw new RunFault(checked.message);
  return checked.parameters;
}

/** Throws WorkerFault when this worker can never give them. */
function requireGpus(entry: TrainerEntry, name: string, most: number): number {
  const gpus = gpusOf(entry, most);
  if (gpus <= most) return gpus;
  throw new WorkerFault(`trainer "${name}" needs ${gpus} GPUs and this worker has ${most}`);
}

/** What could not even be started, as the outcome of its attempt. */
export function asFailure(error: unknown): TrainerOutcome {
  const failure = { type: 'failed', stderrTail: '', saidByTrainer: false } as const;
  if (error instanceof SourceError) {
    const ours = error.rootMissing;
    return { ...failure, class: ours ? 'infrastructure' : 'data', message: error.message, saidByTrainer: !ours };
  }
  if (error instanceof RunFault) {
    return { ...failure, class: 'configuration', message: error.message, saidByTrainer: true };
  }
  if (error instanceof WorkerFault) return { ...failure, class: 'infrastructure', message: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  return { ...failure, class: 'infrastructure', message: `the run could not be prepared: ${code ?? message}` };
}
