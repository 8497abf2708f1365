import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { createLogger, nestLogger } from '#libs/logging';
import { QueueModule } from '#libs/queue';
import { defaultReportTiming } from './attempt-reports.js';
import { ConfigurationError, readWorkerConfig, type WorkerConfig } from './config.js';
import { defaultLimits } from './run-trainer.js';
import { builtInTrainers } from './trainer-manifest.js';
import { WorkerModule } from './worker.module.js';
import { WorkerHost } from './worker-host.js';

export type { WorkerConfig } from './config.js';

/** Claims runs until it is closed; `close` hands back those under way and resolves within the grace period. */
export async function startWorker(config: WorkerConfig): Promise<{ workerId: string; close(): Promise<void> }> {
  const logger = createLogger(config.logLevel ?? 'info', 'worker');
  const workerId = config.workerId ?? `${hostname().slice(0, 150)}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const options = {
    workerId,
    dataRoot: config.dataRoot,
    workDir: config.workDir ?? join(tmpdir(), `cuvee-work-${process.getuid?.() ?? 'user'}`),
    concurrency: config.concurrency ?? 1,
    graceSeconds: config.graceSeconds ?? 10,
    trainers: config.trainers ?? builtInTrainers,
    limits: defaultLimits,
    reportTiming: defaultReportTiming,
  };
  const queue = QueueModule.forWorker(
    config.redisUrl === undefined ? { databaseUrl: config.databaseUrl } : { redisUrl: config.redisUrl },
  );
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(options, logger, queue), {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  await app.get(WorkerHost).start();
  let closing: Promise<void> | undefined;
  return {
    workerId,
    close: () => {
      closing ??= app.close();
      return closing;
    },
  };
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
