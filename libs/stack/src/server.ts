import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { isServerOf } from './process-table.js';
import { StackError } from './stack.errors.js';

const execute = promisify(execFile);

const user = 'cuvee';
const passwordFile = 'cuvee-password';
const logFile = 'server.log';
const maximumLogBytes = 20_000_000;

/** A data folder with the programs and the account that serve it. */
export interface Cluster {
  data: string;
  account: Account;
  binaries: Binaries;
}

/** The server's environment: nothing of ours, since PG* and LD_* variables would change what it does. */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'TZ', 'SystemRoot', 'TEMP', 'TMP'];
  return Object.fromEntries([
    ...kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ['LC_ALL', 'C'],
  ]);
}

/** Makes a new data folder at `data`: loopback only, passwords by scram, the password in a file beside the data. */
export async function initialise({ data, account, binaries }: Cluster): Promise<void> {
  const passwordPath = `${data}.password`;
  try {
    await writeFile(passwordPath, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    await mkdir(data, { mode: 0o700 });
    if (account.uid !== undefined) {
      await chown(passwordPath, account.uid, account.gid!);
      await chown(data, account.uid, account.gid!);
    }
    const collation = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--auth=scram-sha-256', `--username=${user}`, `--pwfile=${passwordPath}`];
    await execute(binaries.initdb, [`--pgdata=${data}`, ...collation, ...access], {
      ...account,
      cwd: data,
      env: environment(),
    });
    await writeFile(join(data, passwordFile), await readFile(passwordPath), { mode: 0o600 });
    if (account.uid !== undefined) await chown(join(data, passwordFile), account.uid, account.gid!);
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new StackError('initialise', `PostgreSQL could not initialise ${data}. ${(stderr ?? String(cause)).trim()}`, {
      cause,
    });
  } finally {
    await rm(passwordPath, { force: true });
  }
}

/** What the server's pid file says: null when there is none, or a damaged one. */
async function readPidFile(data: string): Promise<{ pid: number; port: number } | null> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return Number.isInteger(pid) && pid > 0 ? { pid, port } : null;
}

/** The process id and port of the server that runs on this data folder, or null. */
export async function findServer(data: string): Promise<{ pid: number; port: number } | null> {
  const found = await readPidFile(data);
  return found && (await isServerOf(data, found.pid)) ? found : null;
}

export async function databaseUrl(data: string, port: number, database: string): Promise<string> {
  const password = (await readFile(join(data, passwordFile), 'utf8')).trim();
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Starts the server and returns its port; the one already running counts as started. pg_ctl gives it a session of its
 * own, so that a Ctrl-C in our terminal does not reach it before its clients have finished.
 */
export async function startServer(cluster: Cluster, settings: Readonly<Record<string, string>>): Promise<number> {
  const { data, account, binaries } = cluster;
  let cause: unknown;
  for (let trial = 0; trial < 4; trial++) {
    if (await findServer(data)) {
      const port = await waitUntilReady(data).catch(async (error) => {
        if (await findServer(data)) throw error;
        return null;
      });
      if (port !== null) return port;
    }
    // What a killed server left, or names a process that is not a server: PostgreSQL would refuse to start.
    await rm(join(data, 'postmaster.pid'), { force: true });
    if (((await stat(join(data, logFile)).catch(() => null))?.size ?? 0) > maximumLogBytes) {
      await truncate(join(data, logFile));
    }
    const options = Object.entries({ ...settings, port: String(await freePort()) });
    const words = options.map(([name, value]) => `-c ${name}=${value}`).join(' ');
    try {
      // A log that the server's account can write: pg_ctl makes it.
      await execute(
        binaries.pgCtl,
        ['start', '-w', '-s', '-t', '60', '-D', data, '-l', join(data, logFile), '-o', words],
        {
          ...account,
          cwd: data,
          env: environment(),
        },
      );
      return await waitUntilReady(data);
    } catch (error) {
      // The port may have been taken meanwhile, another process may be starting this very server, and the processes of
      // a killed server take a moment to notice.
      cause = error;
      await new Promise((resolve) => setTimeout(resolve, 250 * (trial + 1)));
    }
  }
  throw new StackError('start', `PostgreSQL did not start on ${data}. Its log ends:\n${await logTail(data)}`, {
    cause,
  });
}

/** Waits for a server that is starting, or recovering after it was killed. */
async function waitUntilReady(data: string): Promise<number> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const running = await findServer(data);
    if (!running) throw new Error('the server ended');
    const refused = await answers(data, running.port).then(
      () => null,
      (error: { code?: string; message: string }) => error,
    );
    if (refused === null) return running.port;
    if (refused.code === '28P01') {
      throw new StackError('start', `The server on ${data} refuses the password in ${join(data, passwordFile)}.`);
    }
    if (Date.now() > deadline) throw new Error(`the server does not answer: ${refused.message}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function answers(data: string, port: number): Promise<void> {
  const client = new pg.Client({
    connectionString: await databaseUrl(data, port, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

/** Ends the server cleanly: its clients are cut off, its data written. */
export async function stopServer({ data, account, binaries }: Cluster): Promise<void> {
  if (!(await findServer(data))) return;
  try {
    await execute(binaries.pgCtl, ['stop', '-w', '-s', '-t', '60', '-m', 'fast', '-D', data], {
      ...account,
      cwd: data,
      env: environment(),
    });
  } catch (cause) {
    if (await findServer(data)) {
      throw new StackError('stop', `PostgreSQL on ${data} did not stop within a minute.`, { cause });
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function logTail(data: string): Promise<string> {
  const path = join(data, logFile);
  const file = await open(path).catch(() => null);
  if (!file) return '(no log)';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - 1_500);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1_500), position: start });
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}
