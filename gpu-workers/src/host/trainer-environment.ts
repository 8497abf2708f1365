import type { TrainerEntry } from './trainer-manifest.js';

/**
 * Variables a trainer may see. Everything else stays with the worker: the addresses and passwords of the queue, and
 * variables which change what a program runs (NODE_OPTIONS, LD_PRELOAD, PYTHONPATH). A manifest entry may name more.
 */
const allowed = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'SystemRoot',
  'LD_LIBRARY_PATH',
  'OMP_NUM_THREADS',
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'NVIDIA_TF32_OVERRIDE',
  'TF_FORCE_GPU_ALLOW_GROWTH',
  'TF_CPP_MIN_LOG_LEVEL',
];

/** Marks every process of a run, by the run's folder: what is left of it is found by this, whatever became of its group. */
export const runFolderVariable = 'CUVEE_RUN_FOLDER';

/** Set by the worker for each run, and by nobody else. */
export const managedVariables: readonly string[] = ['CUDA_VISIBLE_DEVICES', runFolderVariable];

/** The part of the worker's environment that any trainer may see. */
export function trainerEnvironment(environment: NodeJS.ProcessEnv, more: readonly string[] = []): NodeJS.ProcessEnv {
  return Object.fromEntries(
    [...allowed, ...more].flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

/** The whole environment of one run's program. `devices`: the GPUs it has for itself; none hides them all. */
export function runEnvironment(
  environment: NodeJS.ProcessEnv,
  entry: Pick<TrainerEntry, 'environment' | 'set'>,
  run: { folder: string; devices: readonly string[] },
): NodeJS.ProcessEnv {
  return {
    ...trainerEnvironment(environment, entry.environment),
    // As nvidia-smi counts: the order in which a worker without a list of its own numbers its devices.
    CUDA_DEVICE_ORDER: environment.CUDA_DEVICE_ORDER ?? 'PCI_BUS_ID',
    ...entry.set,
    CUDA_VISIBLE_DEVICES: run.devices.join(','),
    [runFolderVariable]: run.folder,
  };
}
