import { resolve } from 'node:path';
import type { BackendMeasurement } from '../../../../gpu-workers/src/backend/measure-backends.js';
import { openCheckpointStore } from '../../../../gpu-workers/src/checkpoints/open-checkpoint-store.js';
import { ConfigurationError, readWorkerConfig, type WorkerConfig } from '../../../../gpu-workers/src/host/config.js';
import { findDevices } from '../../../../gpu-workers/src/host/gpu-devices.js';
import { gpuNames } from '../../../../gpu-workers/src/host/gpu-names.js';
import { measureMachine } from '../../../../gpu-workers/src/host/measure-machine.js';
import { builtInTrainers, gpusOf } from '../../../../gpu-workers/src/host/trainer-manifest.js';
import { describeError } from '../print-error.js';
import { type Check, ok, problem, warning } from './check.js';
import { checkApi, checkQueue } from './check-addresses.js';
import { checkData, checkWritable } from './check-folders.js';
import { checkBackends, checkMemory, describeProcessor } from './check-machine.js';

export interface Examination {
  /** No check found a problem. */
  canTrain: boolean;
  checks: Check[];
  /** Fastest first; trainers choose the first that is usable. */
  backends: BackendMeasurement[];
  gpus: string[];
}

export interface ExaminationRequest {
  home: string;
  data: string;
  /** Whether the user has said where the data lie. */
  dataNamed: boolean;
  /** Of an API that must answer. */
  api: string | undefined;
  /** For each backend. */
  seconds: number;
  environment: NodeJS.ProcessEnv;
}

/** Tries what a worker on this machine would need. Changes nothing. */
export async function examine(request: ExaminationRequest): Promise<Examination> {
  const gpus = await gpuNames();
  const { measured, failure } = await measure(request.seconds);
  const checks = [
    ok('Node', process.version),
    describeProcessor(),
    checkMemory(),
    ...(failure === null ? checkBackends(measured, gpus) : [failure]),
    ...(gpus.length === 0 ? [] : [ok('GPUs', gpus.join(', '))]),
    ...(await checkSettings(request)),
    await checkQueue(request.environment, request.home),
    ...(request.api === undefined ? [] : [await checkApi(request.api)]),
  ];
  return { canTrain: checks.every(({ state }) => state !== 'problem'), checks, backends: measured, gpus };
}

async function measure(seconds: number): Promise<{ measured: BackendMeasurement[]; failure: Check | null }> {
  try {
    return { measured: await measureMachine({ which: 'all', seconds }), failure: null };
  } catch (error) {
    return { measured: [], failure: problem('backend', `the backends could not be tried: ${describeError(error)}`) };
  }
}

async function checkSettings({ home, data, dataNamed, environment }: ExaminationRequest): Promise<Check[]> {
  let config: WorkerConfig;
  try {
    // The queue's address has a check of its own.
    const { REDIS_URL, DATABASE_URL, CUVEE_PULL_URL } = environment;
    const queue = REDIS_URL || DATABASE_URL || CUVEE_PULL_URL ? {} : { REDIS_URL: 'redis://none' };
    config = readWorkerConfig({ ...environment, ...queue, CUVEE_HOME: home, CUVEE_DATA: data });
  } catch (error) {
    if (error instanceof ConfigurationError) return [problem('settings', error.message)];
    throw error;
  }
  const place = config.checkpoints?.place ?? '';
  return [
    await checkTrainers(config),
    await checkData(data, dataNamed),
    await checkWritable('work folder', resolve(config.workDir ?? home)),
    /^s3:/i.test(place) ? await checkBucket(place) : await checkWritable('checkpoints', resolve(place)),
  ];
}

/** trainers.yaml was read with the settings: what it names is there. */
async function checkTrainers({ trainers = builtInTrainers, gpus }: WorkerConfig): Promise<Check> {
  const devices = await findDevices(gpus);
  const names = Object.keys(trainers).join(', ');
  const starved = Object.entries(trainers).filter(([, entry]) => gpusOf(entry, devices.length) > devices.length);
  if (starved.length === 0) return ok('trainers', names);
  const needs = starved.map(([name, entry]) => `"${name}" needs ${gpusOf(entry, devices.length)}`).join(', ');
  return warning('trainers', `${names}; but GPUs here: ${devices.length}, and ${needs}: its runs will fail here`);
}

async function checkBucket(place: string): Promise<Check> {
  try {
    await openCheckpointStore(place).list('cuvee-doctor');
    return ok('checkpoints', `${place} answers`);
  } catch (error) {
    return problem('checkpoints', `${place} cannot be listed: ${describeError(error)}`);
  }
}
