import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { TrainerMessage } from '#libs/contracts';
import type { BackendName } from '../../backend/backend.js';
import { selectBackend } from '../../backend/select-backend.js';
import { ConfigurationError, DataError } from '../../data/data.errors.js';
import { encodeMessage } from './encode-message.js';
import { loadTexts } from './load-texts.js';
import { trainTransformer } from './train-transformer.js';
import { type TransformerAssignment, transformerAssignmentSchema } from './transformer-assignment.js';

/**
 * Reads the assignment, loads its data, trains and reports on `output`. Returns the exit code; never throws.
 * @param options.only use this backend or none; `stop`: write a checkpoint and go
 */
export async function runAssignment(
  path: string,
  output: Writable,
  options: { only?: BackendName; stop?: AbortSignal } = {},
): Promise<number> {
  const say = (message: TrainerMessage) => output.write(`${encodeMessage(message)}\n`);
  try {
    const assignment = loadAssignment(path);
    const backend = await selectBackend(options.only);
    say({ type: 'backend', name: backend.name, reason: backend.reason });
    const texts = loadTexts(assignment);
    // performance.now() counts from the start of the process: starting and loading are part of a run's cost.
    await trainTransformer(assignment, texts, {
      backend,
      onMessage: say,
      elapsedSeconds: () => performance.now() / 1000,
      log: (line) => process.stderr.write(`${line}\n`),
      ...(options.stop && { stop: options.stop }),
    });
    return 0;
  } catch (error) {
    const failure = describeFailure(error);
    if (failure.class === 'internal') process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    say({ type: 'error', ...failure, message: failure.message.slice(0, 4000) });
    return 3;
  }
}

/** How Node, TensorFlow.js and the kernels say that there is no memory for a buffer. */
const outOfMemory = /out of memory|Invalid typed array length|Array buffer allocation failed|offset is out of bounds/;

function describeFailure(error: unknown): {
  class: Extract<TrainerMessage, { type: 'error' }>['class'];
  message: string;
} {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DataError) return { class: 'data', message };
  if (error instanceof ConfigurationError) return { class: 'configuration', message };
  if (!outOfMemory.test(message)) return { class: 'internal', message };
  return {
    class: 'out-of-memory',
    message: `out of memory: a smaller model, vocabulary, batch or context takes less (${message})`,
  };
}

function loadAssignment(path: string): TransformerAssignment {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(`the assignment cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const parsed = transformerAssignmentSchema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
    );
    throw new ConfigurationError(`the assignment is not valid: ${issues.join('; ')}`);
  }
  if (!parsed.data.domains.some(({ weight }) => weight > 0)) throw new ConfigurationError('every domain weighs 0');
  const names = parsed.data.domains.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigurationError(`domain "${twice}" is named twice`);
  return parsed.data;
}
