import { z } from 'zod';
import { type LogLevel, logLevels } from '#libs/logging';

export interface ApiConfig {
  /** 0: any free port. */
  port: number;
  host: string;
  databaseUrl: string;
  /** Without it the queue lies in the database. */
  redisUrl?: string;
  /** Without a heartbeat for this long, a run is taken from its worker. */
  leaseSeconds: number;
  /** Runs queued or running at most, over all sweeps. */
  window: number;
  logLevel: LogLevel;
  /** Where the log goes; standard error when absent. */
  logFile?: string;
  /** Serve /docs and /openapi.json. */
  docs: boolean;
}

export const apiDefaults = { host: '127.0.0.1', leaseSeconds: 30, window: 64, logLevel: 'info', docs: true } as const;

const connection = (protocols: RegExp, what: string) =>
  z
    .string()
    .refine((url) => URL.canParse(url) && protocols.test(new URL(url).protocol), { message: `must be a ${what} URL` });
const booleanText = z.enum(['true', 'false']).transform((text) => text === 'true');

/** An empty variable counts as one that is not set, as docker compose writes it. */
const environmentSchema = z.object({
  CUVEE_PORT: z.coerce.number().int().min(0).max(65_535).default(8400),
  CUVEE_HOST: z.string().default(apiDefaults.host),
  DATABASE_URL: connection(/^postgres(ql)?:$/, 'postgresql://'),
  REDIS_URL: connection(/^rediss?:$/, 'redis://').optional(),
  CUVEE_LEASE_SECONDS: z.coerce.number().min(1).max(3600).default(apiDefaults.leaseSeconds),
  CUVEE_WINDOW: z.coerce.number().int().min(1).max(100_000).default(apiDefaults.window),
  CUVEE_LOG_LEVEL: z.enum(logLevels).default(apiDefaults.logLevel),
  CUVEE_DOCS: booleanText.default(apiDefaults.docs),
});

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Throws ConfigurationError naming every variable that cannot be used; never shows a value, which may be a secret. */
export function readApiConfig(environment: NodeJS.ProcessEnv): ApiConfig {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      set[String(path[0])] === undefined ? `${String(path[0])} is not set` : `${String(path[0])}: ${message}`,
    );
    throw new ConfigurationError(problems.join('\n'));
  }
  const values = parsed.data;
  return {
    port: values.CUVEE_PORT,
    host: values.CUVEE_HOST,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    leaseSeconds: values.CUVEE_LEASE_SECONDS,
    window: values.CUVEE_WINDOW,
    logLevel: values.CUVEE_LOG_LEVEL,
    docs: values.CUVEE_DOCS,
  };
}
