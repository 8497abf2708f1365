import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type LogLevel, logLevels } from '#libs/logging';
import { checkpointPlaces, isCheckpointPlace } from '../checkpoints/open-checkpoint-store.js';
import type { PullAddress } from '../pull/lease-client.js';
import { ConfigurationError } from './configuration-error.js';
import { parseDevices } from './gpu-devices.js';
import { loadTrainers } from './load-trainers.js';
import type { TrainerManifest } from './trainer-manifest.js';

export { ConfigurationError } from './configuration-error.js';

/**
 * Where assignments come from and reports go: a queue on Redis, one in a PostgreSQL of which the worker uses nothing
 * else, or the API over HTTP where neither can be reached.
 */
export type QueueAddress =
  | { redisUrl: string; databaseUrl?: undefined; pullUrl?: undefined }
  | { redisUrl?: undefined; databaseUrl: string; pullUrl?: undefined }
  | ({ redisUrl?: undefined; databaseUrl?: undefined } & PullAddress);

export type WorkerConfig = QueueAddress & {
  /** The folder below which the sources of all domains lie. */
  dataRoot: string;
  /** Runs trained at a time. */
  concurrency?: number;
  /** Where each attempt gets a folder of its own. */
  workDir?: string;
  /** Host, process and a random part when absent. */
  workerId?: string;
  /** The built-in trainer alone when absent. */
  trainers?: TrainerManifest;
  /** As CUDA_VISIBLE_DEVICES lists them; all that nvidia-smi lists when absent. */
  gpus?: readonly string[];
  /** None are kept when absent. */
  checkpoints?: CheckpointConfig;
  /** How long `close` waits for trainers to end and for reports to be sent. */
  graceSeconds?: number;
  /** How fast this machine is, once, while no run is trained; true when absent. */
  measure?: boolean;
  /** How long no run is taken after failures that no run caused; 60 when absent. */
  breakerSeconds?: number;
  logLevel?: LogLevel;
};

export interface CheckpointConfig {
  /** A folder, which workers share if they are to resume each other's runs, or s3://bucket/prefix. */
  place: string;
  /** Between two checkpoints of a run whose sweep gives no number of steps; 0: none by the clock. */
  everySeconds: number;
  /** Those of runs that wrote nothing for so long are removed when the worker starts; final weights stay. */
  keepDays: number;
}

function numberWithin(least: number, most: number) {
  const error = `must be a number from ${least} to ${most}`;
  return z.coerce.number({ error }).min(least, { error }).max(most, { error });
}

const environmentSchema = z
  .object({
    REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    CUVEE_PULL_URL: z
      .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL of a Cuvée API' })
      .refine((url) => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).password === ''), {
        message: 'must hold no user and no password; a token goes into CUVEE_TOKEN',
      })
      .optional(),
    CUVEE_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    CUVEE_HOME: z.string().default('.cuvee'),
    CUVEE_DATA: z.string().optional(),
    CUVEE_TRAINERS: z.string().optional(),
    CUVEE_GPUS: z
      .string()
      .regex(/^[A-Za-z0-9:_,/ -]*$/, 'must list devices as CUDA_VISIBLE_DEVICES does, such as 0,1')
      .optional(),
    CUVEE_CONCURRENCY: numberWithin(1, 64).int({ error: 'must be a whole number' }).default(1),
    CUVEE_GRACE_SECONDS: numberWithin(0, 3600).default(10),
    CUVEE_CHECKPOINTS: z
      .string()
      .refine(isCheckpointPlace, { message: `must be ${checkpointPlaces}` })
      .optional(),
    CUVEE_CHECKPOINT_SECONDS: numberWithin(0, 86_400).default(60),
    CUVEE_CHECKPOINT_DAYS: numberWithin(0.01, 3650).default(30),
    CUVEE_MEASURE: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .default(true),
    CUVEE_BREAKER_SECONDS: numberWithin(1, 86_400).default(60),
    CUVEE_LOG_LEVEL: z.enum(logLevels).default('info'),
  })
  .superRefine(({ REDIS_URL, DATABASE_URL, CUVEE_PULL_URL }, { addIssue }) => {
    const hasQueue = REDIS_URL !== undefined || DATABASE_URL !== undefined;
    if (!hasQueue && CUVEE_PULL_URL === undefined) {
      const message =
        'set REDIS_URL, or DATABASE_URL when the queue lies in the database, or CUVEE_PULL_URL where neither is reached';
      addIssue({ code: 'custom', path: ['REDIS_URL'], message });
    }
    if (hasQueue && CUVEE_PULL_URL !== undefined) {
      const message = 'is for a worker that reaches no queue: set it, or REDIS_URL or DATABASE_URL, and not both';
      addIssue({ code: 'custom', path: ['CUVEE_PULL_URL'], message });
    }
  });

/** Throws ConfigurationError naming every variable that cannot be used; never shows a value, which may be a secret. */
export function readWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`).join('\n'),
    );
  }
  const { CUVEE_HOME, CUVEE_DATA, ...rest } = parsed.data;
  return {
    ...queueAddress(parsed.data),
    dataRoot: CUVEE_DATA ?? join(CUVEE_HOME, 'data'),
    workDir: join(CUVEE_HOME, 'work'),
    ...trainersOf(rest.CUVEE_TRAINERS, CUVEE_HOME, environment),
    ...devicesOf(rest.CUVEE_GPUS ?? environment.CUDA_VISIBLE_DEVICES),
    concurrency: rest.CUVEE_CONCURRENCY,
    graceSeconds: rest.CUVEE_GRACE_SECONDS,
    checkpoints: {
      place: rest.CUVEE_CHECKPOINTS ?? join(CUVEE_HOME, 'checkpoints'),
      everySeconds: rest.CUVEE_CHECKPOINT_SECONDS,
      keepDays: rest.CUVEE_CHECKPOINT_DAYS,
    },
    measure: rest.CUVEE_MEASURE,
    breakerSeconds: rest.CUVEE_BREAKER_SECONDS,
    logLevel: rest.CUVEE_LOG_LEVEL,
  };
}

function queueAddress(values: z.output<typeof environmentSchema>): QueueAddress {
  const { REDIS_URL, DATABASE_URL, CUVEE_PULL_URL, CUVEE_TOKEN } = values;
  if (CUVEE_PULL_URL !== undefined) return { pullUrl: CUVEE_PULL_URL, token: CUVEE_TOKEN };
  return REDIS_URL === undefined ? { databaseUrl: DATABASE_URL ?? '' } : { redisUrl: REDIS_URL };
}

/** The file that is named must be there; the one in the home folder may. */
function trainersOf(named: string | undefined, home: string, { PATH }: NodeJS.ProcessEnv) {
  const file = named ?? join(home, 'trainers.yaml');
  if (named === undefined && !existsSync(file)) return {};
  return { trainers: loadTrainers(file, PATH ?? '') };
}

/** An empty CUDA_VISIBLE_DEVICES hides every device, and is not the same as none. */
function devicesOf(list: string | undefined) {
  return list === undefined ? {} : { gpus: parseDevices(list) };
}
