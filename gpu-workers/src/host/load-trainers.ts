import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { builtInTrainerName, commandTrainerSchema } from '#libs/contracts';
import { ConfigurationError } from './configuration-error.js';
import { managedVariables } from './trainer-environment.js';
import { builtInTrainers, type TrainerEntry, type TrainerManifest } from './trainer-manifest.js';
import { parameterRuleSchema } from './trainer-parameters.js';

const days = 86_400;

/** The worker's own addresses and credentials never reach a program. */
const variableSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable: letters, digits and "_"')
  .refine((name) => !managedVariables.includes(name) && !/^(CUVEE_|DATABASE_URL$|REDIS_URL$)/.test(name), {
    message: `belongs to the worker: ${managedVariables.join(', ')}, DATABASE_URL, REDIS_URL and CUVEE_… are never passed on`,
  });

const limits = {
  gpus: z.number().int().min(0).max(64),
  wallTimeSeconds: z
    .number()
    .positive()
    .max(60 * days)
    .default(6 * 3600),
};

/** Of the built-in trainer only what a machine's owner decides. */
const builtInSchema = z.strictObject({ gpus: limits.gpus.optional(), wallTimeSeconds: limits.wallTimeSeconds });

const entrySchema = z.strictObject({
  command: z
    .array(
      z
        .string()
        .min(1)
        .refine((word) => !word.includes('\0'), { message: 'must not hold a NUL' })
        .refine((word) => [...word.matchAll(/\{(\w*)\}/g)].every(([, name]) => placeholders.has(name ?? '')), {
          message: 'may hold the placeholders {assignment} and {folder} and no other',
        }),
      { error: 'must be a list: the program, then its arguments, each a text of its own; there is no shell' },
    )
    .min(1),
  environment: z.array(variableSchema).default([]),
  set: z.record(variableSchema, z.string()).default({}),
  workingDirectory: z.string().optional(),
  gpus: limits.gpus.default(0),
  wallTimeSeconds: limits.wallTimeSeconds,
  outputBytes: z
    .number()
    .int()
    .min(1024)
    .max(2 ** 40)
    .optional(),
  lineBytes: z
    .number()
    .int()
    .min(256)
    .max(2 ** 28)
    .optional(),
  killSeconds: z.number().min(0).max(3600).optional(),
  reports: z.enum(['stdout', 'file']).default('stdout'),
  parameters: z.record(z.string(), parameterRuleSchema).optional(),
});

const placeholders = new Set(['assignment', 'folder']);

/**
 * Reads trainers.yaml: `trainers:`, then an entry for each name. The built-in trainer is always among them.
 * Throws ConfigurationError naming the file, the trainer and the field, with what is allowed there. The programs are
 * found on `path` now, once: what lies there later changes nothing.
 */
export function loadTrainers(file: string, path: string): TrainerManifest {
  const entries = readEntries(file);
  const manifest: Record<string, TrainerEntry> = { ...builtInTrainers };
  const faults: string[] = [];
  const fault = (name: string, field: string, message: string) =>
    faults.push(`${file}: trainer "${name}"${field === '' ? '' : `, ${field}`}: ${message}`);
  for (const [name, value] of Object.entries(entries)) {
    if (name === builtInTrainerName) {
      const parsed = builtInSchema.safeParse(value ?? {});
      if (parsed.success) manifest[name] = { ...builtInTrainers[name], ...parsed.data };
      else for (const issue of parsed.error.issues) fault(name, issue.path.join('.'), issue.message);
      continue;
    }
    const known = commandTrainerSchema.safeParse({ name });
    if (!known.success) {
      fault(name, '', `the name ${known.error.issues[0]?.message}`);
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) fault(name, issue.path.join('.'), issue.message);
      continue;
    }
    const [program = '', ...args] = parsed.data.command;
    const found = findProgram(program, path);
    if (found === null) {
      fault(name, 'command.0', `"${program}" must be the absolute path of a program, or the name of one on PATH`);
      continue;
    }
    const directory = parsed.data.workingDirectory;
    if (directory !== undefined && !(isAbsolute(directory) && isFolder(directory))) {
      fault(name, 'workingDirectory', `"${directory}" must be the absolute path of a folder`);
      continue;
    }
    manifest[name] = { ...parsed.data, command: [found, ...args] };
  }
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  return manifest;
}

function readEntries(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [broken] = document.errors;
  if (broken) throw new ConfigurationError(`${file}: is not YAML: ${broken.message.split('\n')[0]}`);
  const fileSchema = z.strictObject({ trainers: z.record(z.string(), z.unknown()) });
  const parsed = fileSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success) return parsed.data.trainers;
  const [issue] = parsed.error.issues;
  throw new ConfigurationError(
    `${file}: must hold "trainers:" with an entry for each trainer, and nothing else: ${issue?.path.join('.')} ${issue?.message}`,
  );
}

/** The absolute path of an executable file; null when there is none. */
function findProgram(program: string, path: string): string | null {
  if (isAbsolute(program)) return isExecutable(program) ? program : null;
  if (program.includes('/')) return null;
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(realpathSync(path)).isFile();
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
