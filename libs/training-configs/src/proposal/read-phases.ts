import { InvalidInputError } from '#libs/simplex';
import { isRecord } from './is-record.js';

interface ListedPhase {
  readonly name: string;
  readonly start: number;
  readonly weights: unknown;
}

/** Names become folders and stage names: what every trainer and file system takes. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/;

/**
 * The phases of a document: those it lists, or one with its weights.
 * Throws InvalidInputError PHASES, naming the phase and what is allowed.
 */
export function readPhases(value: unknown, weights: unknown): ListedPhase[] {
  if (value === undefined || value === null) return [{ name: 'all', start: 0, weights }];
  if (!Array.isArray(value) || value.length === 0) refuse('`phases` must be a list of { name, start, weights }', value);
  const phases = (value as unknown[]).map((item, i): ListedPhase => {
    if (!isRecord(item)) refuse(`phase ${i + 1} must be an object { name, start, weights }`, item);
    const { name = `phase-${i + 1}`, start = i === 0 ? 0 : undefined, weights } = item as Record<string, unknown>;
    return { name: name as string, start: start as number, weights };
  });
  assertPhases(phases);
  return phases;
}

/** Throws InvalidInputError PHASES unless the names are legal and distinct and the starts rise from 0, below 1. */
export function assertPhases(phases: readonly { readonly name: unknown; readonly start: unknown }[]): void {
  const seen = new Set<unknown>();
  phases.forEach(({ name, start }, i) => {
    if (typeof name !== 'string' || !NAME.test(name)) {
      refuse(
        `the name of phase ${i + 1} must be letters, digits, ".", "_" or "-", at most 50; got ${JSON.stringify(name)}`,
        name,
      );
    }
    if (seen.has(name)) refuse(`two phases have the name "${name}"`, name);
    seen.add(name);
    const before = i === 0 ? null : phases[i - 1]!.start;
    if (typeof start !== 'number' || !Number.isFinite(start) || start < 0 || start >= 1) {
      refuse(
        `phase "${name}" must start at a share of the run in [0, 1), such as 0.9; got ${JSON.stringify(start)}`,
        start,
      );
    }
    if (before === null && start !== 0) refuse(`the first phase, "${name}", must start at 0; got ${start}`, start);
    if (before !== null && (start as number) <= (before as number)) {
      refuse(`phase "${name}" starts at ${start}, not after the one before it at ${before}`, start);
    }
  });
}

function refuse(message: string, value: unknown): never {
  throw new InvalidInputError('PHASES', message, {
    argument: 'phases',
    value,
    allowed: 'starts that rise from 0, below 1',
  });
}
