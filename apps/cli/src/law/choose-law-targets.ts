import { listSome } from '#libs/run-tables';
import { UnusableInput } from '../cli.errors.js';
import { readTextFile } from '../read-text-file.js';
import type { ReadFile } from './law-table.js';

/** The targets named, or all of the file's; "arxiv" also finds "arxiv_loss". */
export function chooseLawTargets(file: ReadFile, named: readonly string[] | undefined): string[] {
  const known = [...new Set(file.losses.map(({ target }) => target))];
  if (known.length === 0) throw new UnusableInput('the files hold no loss');
  const chosen = named?.map((name) => {
    const found = known.find((target) => target === name || target === `${name}_loss` || target === `metric_${name}`);
    if (found !== undefined) return found;
    throw new UnusableInput(`--target "${name}" is no loss of the files; they hold ${known.join(', ')}`);
  });
  return chosen ? [...new Set(chosen)] : known;
}

/** Weights of the targets in the objective, summing to 1. Targets that the file does not name weigh nothing. */
export async function readTargetWeights(
  path: string | undefined,
  targets: readonly string[],
): Promise<Record<string, number>> {
  if (path === undefined) return Object.fromEntries(targets.map((target) => [target, 1 / targets.length]));
  const { text } = await readTextFile(path);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UnusableInput(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UnusableInput(`${path} must be {"target": weight, …}`);
  }
  const weights = given as Record<string, unknown>;
  let sum = 0;
  for (const target of targets) {
    const weight = weights[target] ?? 0;
    if (typeof weight !== 'number' || !(weight >= 0)) {
      throw new UnusableInput(
        `${path}: the weight of "${target}" must be a number >= 0; got ${JSON.stringify(weight)}`,
      );
    }
    sum += weight;
  }
  if (!(sum > 0)) {
    throw new UnusableInput(
      `${path} gives no weight to any of the targets (${listSome(targets)}); it names ${listSome(Object.keys(weights))}`,
    );
  }
  return Object.fromEntries(targets.map((target) => [target, ((weights[target] as number | undefined) ?? 0) / sum]));
}
