import type { z } from 'zod';
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

/** A JSON object of texts by name: the licences of domains. */
export async function readTextRecord(path: string): Promise<Record<string, string>> {
  const value = await readJsonInput(path);
  if (!isRecord(value)) throw new UnusableInput(`${path} must hold a JSON object of texts by domain`);
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== 'string')
      throw new UnusableInput(`${path}: "${name}" must be text; got ${JSON.stringify(entry)}`);
  }
  return value as Record<string, string>;
}

/** A file in the JSON of the REST interface; the complaint names the field at fault and the fields there are. */
export async function readAs<T>(schema: z.ZodType<T> & { shape: Record<string, unknown> }, path: string): Promise<T> {
  const parsed = schema.safeParse(await readJsonInput(path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  const known = issue.code === 'unrecognized_keys' && issue.path.length === 0;
  const fields = known ? `; the fields are ${Object.keys(schema.shape).join(', ')}` : '';
  throw new UnusableInput(`${path}: ${where}${issue.message}${fields}`);
}
