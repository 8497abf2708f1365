import { builtInTrainerName } from '#libs/contracts';
import { builtProgram } from './built-program.js';
import type { ParameterRules } from './trainer-parameters.js';

/** One trainer of this worker. Nothing in it comes from the API. */
export interface TrainerEntry {
  /**
   * The program's absolute path and its arguments; never a shell's line. `{assignment}` in an argument stands for the path
   * of assignment.json, which comes last when no argument has it, and `{folder}` for the run's own folder.
   */
  command: readonly [program: string, ...args: string[]];
  /** A run which takes longer is stopped and reported as failed. */
  wallTimeSeconds: number;
  /** Variables of the worker that it sees besides the usual ones. */
  environment?: readonly string[];
  /** Variables with a value of their own. */
  set?: Readonly<Record<string, string>>;
  /** Where it is started; the run's own folder when absent. */
  workingDirectory?: string;
  /** GPUs that one run has for itself. Absent: one on a worker that has some, none elsewhere. */
  gpus?: number;
  /** Where its messages come from: its standard output, or `reports.jsonl` in the run's folder. */
  reports?: 'stdout' | 'file';
  /** Of messages, all together and one line; the worker's own limits when absent. */
  outputBytes?: number;
  lineBytes?: number;
  /** From SIGTERM to SIGKILL: for a last checkpoint. The worker's own when absent. */
  killSeconds?: number;
  /** What a sweep may set; anything when absent. */
  parameters?: ParameterRules;
}

/** What this worker can run, by the name a sweep gives: the worker's own list, never the API's. */
export type TrainerManifest = Readonly<Record<string, TrainerEntry>>;

const sixHours = 6 * 3600;

export const builtInTrainers = {
  [builtInTrainerName]: {
    command: [process.execPath, builtProgram('../trainers/transformer/main.js')],
    wallTimeSeconds: sixHours,
  },
} as const satisfies TrainerManifest;

/** GPUs of one run on a worker that can give one run at most so many. */
export function gpusOf({ gpus }: Pick<TrainerEntry, 'gpus'>, most: number): number {
  return gpus ?? Math.min(1, most);
}

/** With every placeholder in its place. */
export function commandFor(
  { command: [program, ...args] }: Pick<TrainerEntry, 'command'>,
  { assignmentPath, folder }: { assignmentPath: string; folder: string },
): [program: string, ...args: string[]] {
  const named = args.some((argument) => argument.includes('{assignment}'));
  const all = named ? args : [...args, '{assignment}'];
  return [program, ...all.map((argument) => fill(argument, { assignment: assignmentPath, folder }))];
}

function fill(argument: string, values: Readonly<Record<string, string>>): string {
  return argument.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
