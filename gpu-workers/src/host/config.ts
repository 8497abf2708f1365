import { join } from 'node:path';
import { z } from 'zod';
import { type LogLevel, logLevels } from '#libs/logging';
import type { TrainerManifest } from './trainer-manifest.js';

/** The queue alone: on Redis, or in a PostgreSQL of which the worker uses nothing else. */
export type QueueAddress =
  | { redisUrl: string; databaseUrl?: undefined }
  | { redisUrl?: undefined; databaseUrl: string };

export type WorkerConfig = QueueAddress & {
  /** The folder below which the sources of all domains lie. */
  dataRoot: string;
  /** Runs trained at a time. */
  concurrency?: number;
  /** Where each attempt gets a folder of its own. */
  workDir?: string;
  /** Host, process and a random part when absent. */
  workerId?: string;
  trainers?: TrainerManifest;
  /** How long `close` waits for trainers to end and for reports to be sent. */
  graceSeconds?: number;
  logLevel?: LogLevel;
};

const environmentSchema = z
  .object({
    REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    CUVEE_HOME: z.string().default('.cuvee'),
    CUVEE_DATA: z.string().optional(),
    CUVEE_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(1),
    CUVEE_GRACE_SECONDS: z.coerce.number().min(0).max(3600).default(10),
    CUVEE_LOG_LEVEL: z.enum(logLevels).default('info'),
  })
  .refine((values) => values.REDIS_URL !== undefined || values.DATABASE_URL !== undefined, {
    path: ['REDIS_URL'],
    message: 'set REDIS_URL, or DATABASE_URL when the queue lies in the database',
  });

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Throws ConfigurationError naming every variable that cannot be used; never shows a value, which may be a secret. */
export function readWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`).join('\n'),
    );
  }
  const { REDIS_URL, DATABASE_URL, CUVEE_HOME, CUVEE_DATA, ...rest } = parsed.data;
  const queue: QueueAddress = REDIS_URL === undefined ? { databaseUrl: DATABASE_URL ?? '' } : { redisUrl: REDIS_URL };
  return {
    ...queue,
    dataRoot: CUVEE_DATA ?? join(CUVEE_HOME, 'data'),
    workDir: join(CUVEE_HOME, 'work'),
    concurrency: rest.CUVEE_CONCURRENCY,
    graceSeconds: rest.CUVEE_GRACE_SECONDS,
    logLevel: rest.CUVEE_LOG_LEVEL,
  };
}
