import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { BackendMeasurement } from '../../../../gpu-workers/src/backend/measure-backends.js';
import { formatBytes } from '../terminal/numbers.js';
import { type Check, ok, problem, warning } from './check.js';

/** What the default proxy needs, with its backend and Node itself. */
const leastMemory = 500e6;

export function checkMemory(free = freemem(), total = totalmem()): Check {
  const text = `${formatBytes(free)} of ${formatBytes(total)} free`;
  if (free >= leastMemory) return ok('memory', text);
  return warning('memory', `${text}: even the default proxy may be killed for want of memory`);
}

export function describeProcessor(): Check {
  return ok('processor', `${availableParallelism()} threads of ${cpus()[0]?.model.trim() || 'an unnamed processor'}`);
}

/** The backends, fastest first; trainers choose the first that works. */
export function checkBackends(measured: readonly BackendMeasurement[], gpus: readonly string[]): Check[] {
  const chosen = measured.find((one) => one.usable);
  if (chosen === undefined) {
    const refusals = measured.map((one) => (one.usable ? '' : `${one.label}: ${one.refusal}`)).join('; ');
    return [problem('backend', `no backend works, so the built-in trainer cannot run: ${refusals}`)];
  }
  const refused = measured.slice(0, measured.indexOf(chosen));
  const why =
    refused.length === 0 ? 'the fastest there is' : `${refused.map(({ label }) => label).join(', ')} cannot run`;
  const used = ok('backend', `trainers use ${chosen.name}: ${why}`);
  if (gpus.length === 0 || chosen.name === 'tensorflow-gpu') return [used];
  const count = gpus.length === 1 ? 'a GPU is' : `${gpus.length} GPUs are`;
  return [
    used,
    warning('GPU', `${count} there, and the built-in trainer does not use it: run "npm install" in gpu-workers`),
  ];
}
