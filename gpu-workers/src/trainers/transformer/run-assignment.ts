import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { type AssignmentFile, assignmentFileSchema, type TrainerMessage } from '#libs/contracts';
import type { BackendName } from '../../backend/backend.js';
import { selectBackend } from '../../backend/select-backend.js';
import { DataError } from '../../data/data.errors.js';
import { loadDomain } from '../../data/load-domain.js';
import { encodeMessage } from './encode-message.js';
import { trainTransformer } from './train-transformer.js';

/** The assignment itself cannot be used. */
class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/** Reads the assignment, loads its data, trains and reports on `output`. Returns the exit code; never throws. */
export async function runAssignment(path: string, output: Writable, only?: BackendName): Promise<number> {
  const say = (message: TrainerMessage) => output.write(`${encodeMessage(message)}\n`);
  try {
    const assignment = loadAssignment(path);
    const { contextLength, heldOutShare } = assignment.parameters;
    const backend = await selectBackend(only);
    say({ type: 'backend', name: backend.name, reason: backend.reason });
    const texts = assignment.domains.map((domain) =>
      loadDomain(domain, { heldOutShare, minimumTokens: contextLength + 1, trains: domain.weight > 0 }),
    );
    // performance.now() counts from the start of the process: starting and loading are part of a run's cost.
    await trainTransformer(assignment, texts, {
      backend,
      onMessage: say,
      elapsedSeconds: () => performance.now() / 1000,
    });
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const expected = error instanceof DataError || error instanceof ConfigurationError;
    if (!expected) process.stderr.write(`${error instanceof Error ? error.stack : message}\n`);
    say({
      type: 'error',
      class: error instanceof DataError ? 'data' : error instanceof ConfigurationError ? 'configuration' : 'internal',
      message: message.slice(0, 4000),
    });
    return 3;
  }
}

function loadAssignment(path: string): AssignmentFile {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(`the assignment cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const parsed = assignmentFileSchema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((found) => `${found.path.join('.')}: ${found.message}`);
    throw new ConfigurationError(`the assignment is not valid: ${issues.join('; ')}`);
  }
  const { width, heads } = parsed.data.parameters;
  if ((width / heads) % 2 !== 0) {
    throw new ConfigurationError(
      `width / heads must be even for rotary positions, got ${width} / ${heads} = ${width / heads}`,
    );
  }
  if (!parsed.data.domains.some(({ weight }) => weight > 0)) throw new ConfigurationError('every domain weighs 0');
  const names = parsed.data.domains.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigurationError(`domain "${twice}" is named twice`);
  return parsed.data;
}
