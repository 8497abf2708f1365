import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressFile } from '../environment.js';
import { requireFreePort } from './free-port.js';
import { followWarnings } from './log-warnings.js';
import { startWorkerProcesses } from './worker-processes.js';

export interface LocalServiceOptions {
  home: string;
  data: string;
  /** 0: any free one. */
  port: number;
  workers: number;
  /** Run on this database and Redis; without them the embedded PostgreSQL in the home folder carries everything. */
  databaseUrl?: string;
  redisUrl?: string;
  /** What takes time, in a few words. */
  say(message: string): void;
  warn(message: string): void;
}

export interface LocalService {
  url: string;
  logFolder: string;
  /** Where the database lies, for people. */
  database: string;
  /** In order: workers hand their runs back, the API drains, the database stops. */
  stop(): Promise<void>;
  /** For a second Ctrl-C: cuts short what `stop` waits for. */
  force(): void;
}

const launcher = findLauncher();

/** Database, API and workers on this machine. When a part does not start, those before it are stopped again. */
export async function startLocalService(options: LocalServiceOptions): Promise<LocalService> {
  const { home, data, say, warn } = options;
  const { readApiConfig, startApi } = await loadApi();
  // Checked before anything is started; the address of the database is known later.
  const settings = readApiConfig({ ...process.env, DATABASE_URL: options.databaseUrl ?? 'postgresql://embedded' });
  await requireFreePort(options.port, settings.host);
  const logFolder = join(home, 'logs');
  await mkdir(logFolder, { recursive: true });
  await mkdir(data, { recursive: true });

  const stops: { name: string; stop(): Promise<void> | void }[] = [];
  let forced: () => void = () => {};
  const force = new Promise<void>((resolve) => {
    forced = resolve;
  });
  const stopAll = async () => {
    for (const part of stops.splice(0).reverse()) {
      try {
        await part.stop();
      } catch (error) {
        warn(`${part.name} did not stop cleanly: ${(error as Error).message}`);
      }
    }
  };
  try {
    const database = await startDatabase(options);
    stops.push({ name: 'the database', stop: database.stop });

    const logFile = join(logFolder, 'api.log');
    const api = await startApi({
      ...settings,
      redisUrl: undefined,
      ...database.connection,
      port: options.port,
      logFile,
    });
    stops.push({ name: 'the API', stop: () => Promise.race([api.close(), force]) });
    await writeFile(addressFile(home), `${api.url}\n`);
    stops.push({ name: 'the address file', stop: () => rm(addressFile(home), { force: true }) });

    say(`starting ${options.workers} ${options.workers === 1 ? 'worker' : 'workers'}`);
    const workers = startWorkerProcesses({
      count: options.workers,
      command: [process.execPath, launcher, 'worker', '--home', home, '--data', data],
      environment: { ...process.env, ...environmentOf(database.connection) },
      logFolder,
      warn,
      // A little more than a worker takes by itself.
      graceMs: (Number(process.env.CUVEE_GRACE_SECONDS || 10) + 5) * 1000,
    });
    const followed = followWarnings(
      [
        { name: 'api', path: logFile },
        ...workers.logFiles.map((path, index) => ({ name: `worker ${index + 1}`, path })),
      ],
      warn,
    );
    stops.push({ name: 'the log reader', stop: () => followed.stop() });
    stops.push({ name: 'a worker', stop: () => workers.stop() });
    void force.then(() => workers.kill());
    return { url: api.url, logFolder, database: database.description, stop: stopAll, force: forced };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function loadApi() {
  const [{ startApi }, { readApiConfig }] = await Promise.all([
    import('../../../api/src/main.js'),
    import('../../../api/src/config.js'),
  ]);
  return { startApi, readApiConfig };
}

interface Connection {
  databaseUrl: string;
  redisUrl?: string;
}

async function startDatabase({ home, databaseUrl, redisUrl, say }: LocalServiceOptions): Promise<{
  connection: Connection;
  description: string;
  stop(): Promise<void>;
}> {
  const { migrate, startStack } = await import('#libs/stack');
  if (databaseUrl !== undefined) {
    await migrate(databaseUrl);
    return { connection: { databaseUrl, redisUrl }, description: 'DATABASE_URL', stop: async () => {} };
  }
  say('starting the database');
  const stack = await startStack({ folder: home });
  return {
    connection: { databaseUrl: stack.databaseUrl, redisUrl },
    description: `embedded PostgreSQL in ${home}`,
    stop: () => stack.stop(),
  };
}

function environmentOf({ databaseUrl, redisUrl }: Connection): NodeJS.ProcessEnv {
  // A worker needs the queue alone: with Redis it is given no database.
  return redisUrl === undefined
    ? { DATABASE_URL: databaseUrl, REDIS_URL: undefined }
    : { REDIS_URL: redisUrl, DATABASE_URL: undefined };
}

/** The launcher lies at the same place of the project, whether this runs from the sources or from dist/. */
function findLauncher(): string {
  for (let folder = new URL('./', import.meta.url); folder.pathname !== '/'; folder = new URL('../', folder)) {
    const candidate = fileURLToPath(new URL('apps/cli/bin/cuvee.js', folder));
    if (existsSync(candidate)) return candidate;
  }
  throw new Error('apps/cli/bin/cuvee.js is missing from the project');
}
