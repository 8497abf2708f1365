import type { Command } from 'commander';
import { assertTarget } from '#libs/proposals';
import { UnusableInput } from '../cli.errors.js';
import { blamingInput } from './unusable-input.js';

export interface TargetOptions {
  target?: string[];
  targets?: string;
}

export function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

export function addTargetOptions(command: Command, all: string): Command {
  return command
    .option('--target <name>', 'a column of the losses; may be repeated', collect)
    .option('--targets <names>', `columns of the losses, separated by commas, or "all" (${all})`);
}

/** The targets asked for, without repeats; all that are known if none is. Throws UnusableInput naming the nearest. */
export async function chooseTargets(
  { target, targets }: TargetOptions,
  known: readonly string[],
  label: string,
): Promise<string[]> {
  if (target && targets !== undefined) throw new UnusableInput('--target and --targets exclude each other');
  const listed = targets?.split(',').map((name) => name.trim());
  if (listed?.includes('')) throw new UnusableInput(`--targets has an empty name: "${targets}"`);
  const named = target ?? (targets === 'all' ? undefined : listed);
  await blamingInput(() => {
    for (const name of named ?? []) assertTarget(name, known);
  }, label);
  return named ? [...new Set(named)] : [...known];
}

/** Whether single targets are meant, and not all there are. */
export function namesTargets({ target, targets }: TargetOptions): boolean {
  return target !== undefined || (targets !== undefined && targets !== 'all');
}

/** As `chooseTargets`, of targets that have a fit; one that is named and has none is refused with the reason. */
export async function chooseFitted(
  options: TargetOptions,
  fitted: readonly string[],
  unfitted: Readonly<Record<string, string>>,
  label: string,
): Promise<string[]> {
  const chosen = await chooseTargets(options, [...fitted, ...Object.keys(unfitted)], label);
  const without = chosen.find((target) => Object.hasOwn(unfitted, target));
  if (without !== undefined && namesTargets(options)) {
    throw new UnusableInput(`${label}: target "${without}" has no fit: ${unfitted[without]}`);
  }
  return chosen.filter((target) => !Object.hasOwn(unfitted, target));
}

/** Said where a fit is made: the other targets look as if nothing were missing. */
export function notesOnUnfitted(unfitted: Readonly<Record<string, string>>): string[] {
  return Object.entries(unfitted).map(([target, reason]) => `"${target}" is left out, without a fit: ${reason}`);
}
