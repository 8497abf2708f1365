import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Logger } from 'pino';
import { createLogger, nestLogger } from '#libs/logging';
import { QueueModule } from '#libs/queue';
import { openCheckpointStore, removeOldCheckpoints } from '../checkpoints/open-checkpoint-store.js';
import { PullModule } from '../pull/pull.module.js';
import { announceTrainers } from './announce-trainers.js';
import { defaultReportTiming } from './attempt-reports.js';
import { breakerLimits } from './circuit-breaker.js';
import { ConfigurationError, type QueueAddress, readWorkerConfig, type WorkerConfig } from './config.js';
import { findDevices } from './gpu-devices.js';
import { GpuSlots } from './gpu-slots.js';
import { measureChosenBackend } from './measure-machine.js';
import { defaultLimits } from './run-trainer.js';
import { builtInTrainers } from './trainer-manifest.js';
import { WorkerModule } from './worker.module.js';
import { WorkerHost, type WorkerHostOptions } from './worker-host.js';

export type { WorkerConfig } from './config.js';

/** Claims runs until it is closed; `close` hands back those under way and resolves within the grace period. */
export async function startWorker(config: WorkerConfig): Promise<{ workerId: string; close(): Promise<void> }> {
  const logger = createLogger(config.logLevel ?? 'info', 'worker');
  const workerId = config.workerId ?? `${hostname().slice(0, 150)}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const graceSeconds = config.graceSeconds ?? 10;
  const store = config.checkpoints && openCheckpointStore(config.checkpoints.place);
  const trainers = config.trainers ?? builtInTrainers;
  const gpus = new GpuSlots(await findDevices(config.gpus));
  announceTrainers(trainers, gpus, { concurrency: config.concurrency ?? 1, graceSeconds }, logger);
  const options = {
    workerId,
    dataRoot: config.dataRoot,
    workDir: config.workDir ?? join(tmpdir(), `cuvee-work-${process.getuid?.() ?? 'user'}`),
    concurrency: config.concurrency ?? 1,
    graceSeconds,
    trainers,
    gpus,
    // Of the grace period a trainer may take most for its last checkpoint; the rest is for keeping and reporting it.
    limits: { ...defaultLimits, killSeconds: Math.max(defaultLimits.killSeconds, 0.7 * graceSeconds) },
    ...(store && { checkpoints: { store, everySeconds: config.checkpoints?.everySeconds ?? 0 } }),
    reportTiming: defaultReportTiming,
    transport: config.pullUrl === undefined ? ('queue' as const) : ('http' as const),
    breaker: breakerLimits(config.breakerSeconds),
    ...(config.measure !== false && { measure: measureChosenBackend }),
  };
  const queue = openQueue(config, options, logger);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(options, logger, queue), {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  await app.get(WorkerHost).start();
  if (store && config.checkpoints) void removeOldCheckpoints(store, config.checkpoints.keepDays, logger);
  let closing: Promise<void> | undefined;
  return {
    workerId,
    close: () => {
      closing ??= app.close();
      return closing;
    },
  };
}

/** The two ports of the worker: the host does not know what is behind them. */
function openQueue(config: QueueAddress, { workerId, trainers }: WorkerHostOptions, logger: Logger): DynamicModule {
  if (config.redisUrl !== undefined) return QueueModule.forWorker({ redisUrl: config.redisUrl });
  if (config.databaseUrl !== undefined) return QueueModule.forWorker({ databaseUrl: config.databaseUrl });
  const { protocol, hostname: server } = new URL(config.pullUrl);
  if (config.token !== undefined && protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(server)) {
    logger.warn({ server }, 'CUVEE_TOKEN is sent without encryption: use https');
  }
  const host = hostname().slice(0, 200);
  return PullModule.forWorker(config, { workerId, host, trainers: Object.keys(trainers) }, logger);
}

/** The program: reads the environment, runs until a signal, exits with 2 when a variable cannot be used. */
export async function run(): Promise<void> {
  try {
    const starting = startWorker(readWorkerConfig(process.env));
    let stopping = false;
    const stop = (): void => {
      // The trainers read the end of their input when this process is gone, and end by themselves.
      if (stopping) process.exit(1);
      stopping = true;
      starting
        .then((worker) => worker.close())
        .then(
          () => process.exit(0),
          () => process.exit(1),
        );
    };
    // From the start: a signal that comes before the first run is taken must not kill what comes after it.
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    await starting;
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigurationError ? error.message : String(error)}\n`);
    process.exit(error instanceof ConfigurationError ? 2 : 1);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run();
