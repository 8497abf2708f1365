import { UnusableInput } from '../cli.errors.js';
import { readJsonInput } from '../read-input.js';

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON object of finite numbers >= 0 by name, such as a prior or token counts. */
export async function readDomainRecord(path: string): Promise<Record<string, number>> {
  const value = await readJsonInput(path);
  if (!isRecord(value)) throw new UnusableInput(`${path} must hold a JSON object of numbers by domain`);
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== 'number' || !Number.isFinite(entry) || entry < 0) {
      throw new UnusableInput(`${path}: "${name}" must be a number in [0, inf); got ${JSON.stringify(entry)}`);
    }
  }
  return value as Record<string, number>;
}

/** `{"targets": {name: weight}, "combine": "weighted-mean" | "worst-case"}`; combine may be left out. */
export async function readObjective(path: string): Promise<{ targets: Record<string, number>; combine: string }> {
  const value = await readJsonInput(path);
  if (!isRecord(value) || !isRecord(value.targets)) {
    throw new UnusableInput(
      `${path} must hold {"targets": {name: weight}, "combine": "weighted-mean" or "worst-case"}`,
    );
  }
  const stray = Object.keys(value).find((key) => key !== 'targets' && key !== 'combine');
  if (stray !== undefined) throw new UnusableInput(`${path}: unknown key "${stray}"; known: targets, combine`);
  for (const [name, weight] of Object.entries(value.targets)) {
    if (typeof weight !== 'number') throw new UnusableInput(`${path}: the weight of "${name}" must be a number`);
  }
  return { targets: value.targets as Record<string, number>, combine: String(value.combine ?? 'weighted-mean') };
}
