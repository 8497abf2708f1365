import type { z } from 'zod';
import { describeIssues } from '../../../api/src/validation/describe-issues.js';
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

/** A file in the JSON of the REST interface; the complaint names the fields at fault, their values and what is allowed. */
export async function readAs<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  const value = await readJsonInput(path);
  if (!isRecord(value)) throw new UnusableInput(`${path} must hold a JSON object; got ${JSON.stringify(value)}`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const complaints = describeIssues(parsed.error.issues, value, schema);
  throw new UnusableInput(`${path}: ${complaints.map(({ field, message }) => `${field}: ${message}`).join('; ')}`);
}
