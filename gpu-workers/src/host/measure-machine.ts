import { execFile } from 'node:child_process';
import type { BackendMeasurement } from '../backend/measure-backends.js';
import { builtProgram } from './built-program.js';
import type { MeasuredFacts } from './idle-measurement.js';
import { trainerEnvironment } from './trainer-environment.js';

export interface MeasurementRequest {
  /** Every backend, or none slower than the one that a trainer would choose. */
  which: 'all' | 'chosen';
  /** For each backend. */
  seconds: number;
  signal?: AbortSignal;
}

/** Longer than any backend takes to start. */
const patienceMs = 120_000;

/** Measures the backends in a process of its own. Rejects when it ends without an answer, or by the signal. */
export function measureMachine({ which, seconds, signal }: MeasurementRequest): Promise<BackendMeasurement[]> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [builtProgram('measure-main.js'), String(seconds), which],
      { env: trainerEnvironment(process.env), timeout: patienceMs, killSignal: 'SIGKILL', ...(signal && { signal }) },
      (error, stdout, stderr) => {
        if (error) return reject(new Error(stderr.trim().split('\n').at(-1) || error.message, { cause: error }));
        // A library may have printed a banner of its own before.
        resolve(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as BackendMeasurement[]);
      },
    );
  });
}

/** What a worker says of itself: the backend that trainers choose here, its speed, and why it is no faster one. */
export async function measureChosenBackend(stop: AbortSignal): Promise<MeasuredFacts> {
  const measured = await measureMachine({ which: 'chosen', seconds: 0.5, signal: stop });
  const chosen = measured.at(-1);
  if (!chosen?.usable) throw new Error(`no backend works: ${refusalsOf(measured).join('; ')}`);
  const { name, note, gigaflops, tokensPerSecond } = chosen;
  return {
    backend: name,
    backendReason: [...refusalsOf(measured), ...(note === undefined ? [] : [note])].join('; '),
    gigaflops,
    tokensPerSecond,
  };
}

/** Why the backends that cannot be used cannot. */
export function refusalsOf(measured: readonly BackendMeasurement[]): string[] {
  return measured.flatMap((one) => (one.usable ? [] : [`${one.label}: ${one.refusal}`]));
}
