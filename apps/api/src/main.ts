import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { createLogger, maskUrl } from '#libs/logging';
import { QueueModule } from '#libs/queue';
import { StoreModule } from '#libs/store';
import { type ApiConfig, apiDefaults, ConfigurationError, readApiConfig } from './config.js';
import { type RunningApi, startWith } from './start-with.js';
import { stopOnSignals } from './stop-on-signals.js';

export type { ApiConfig } from './config.js';
export type { RunningApi } from './start-with.js';

/** Starts the API; the database must have been migrated. Rejects when the port is taken. */
export async function startApi(
  given: Partial<ApiConfig> & Pick<ApiConfig, 'port' | 'databaseUrl'>,
): Promise<RunningApi> {
  const config: ApiConfig = { ...apiDefaults, ...given };
  const { databaseUrl, redisUrl } = config;
  const logger = createLogger(config.logLevel, 'api', config.logFile);
  const warn = (error: Error): void => logger.warn({ err: error }, 'an idle connection broke');
  const api = await startWith(
    config,
    [StoreModule.forRoot({ databaseUrl, onPoolError: warn }), QueueModule.forApi({ databaseUrl, redisUrl })],
    logger,
  );
  const queue = redisUrl === undefined ? 'in the database' : maskUrl(redisUrl);
  logger.info({ url: api.url, database: maskUrl(databaseUrl), queue }, 'the API listens');
  return api;
}

/** The program: reads the environment, runs until a signal, exits with 2 when a variable cannot be used. */
export async function run(): Promise<void> {
  try {
    const starting = startApi(readApiConfig(process.env));
    stopOnSignals(starting);
    await starting;
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigurationError ? error.message : String(error)}\n`);
    process.exit(error instanceof ConfigurationError ? 2 : 1);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run();
