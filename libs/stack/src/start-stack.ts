import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareBinaries } from './binaries.js';
import { openClusterFolder, removeUnfinished, unfinishedName } from './cluster-folder.js';
import { type FolderHold, holdFolder } from './folder-hold.js';
import { migrate } from './migrate.js';
import { type Cluster, databaseUrl, initialise, startServer, stopServer } from './server.js';
import { StackError } from './stack.errors.js';

export const recordName = 'stack.json';
const database = 'cuvee';

export interface StackOptions {
  /** Where the stack keeps its data; made when missing. */
  folder: string;
  /** Told in a sentence what takes time. */
  log?: (message: string) => void;
  /** Further settings of the server, by PostgreSQL's names; values without spaces. */
  settings?: Readonly<Record<string, string>>;
}

export interface Stack {
  databaseUrl: string;
  /** Ends the server; its data stay. Close every client first. */
  stop(): Promise<void>;
}

const defaultSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
};

/**
 * Starts PostgreSQL on `<folder>/postgres` and migrates its database. A server that a killed process left running is
 * adopted; one that a living process looks after makes this throw a StackError with the code "in-use".
 */
export async function startStack({ folder, log = () => undefined, settings = {} }: StackOptions): Promise<Stack> {
  const place = await openClusterFolder(folder);
  const binaries = await prepareBinaries(place.account, place.workspace);
  let data = place.data;
  if (data === null) {
    log('making the database (once)');
    const workspace = await place.workspace();
    await removeUnfinished(workspace);
    const unfinished = unfinishedName(workspace, 'postgres');
    try {
      await initialise({ data: unfinished, account: place.account, binaries });
      data = await place.publish(unfinished);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const cluster: Cluster = { data, account: place.account, binaries };
  const { port, hold } = await takeServer(cluster, folder, { ...defaultSettings, ...settings });
  try {
    await hold.ensureDatabase(database);
    const url = await databaseUrl(data, port, database);
    const applied = await migrate(url);
    if (applied.length > 0) log(`migrations applied: ${applied.join(', ')}`);
    await writeRecord(folder, url);
    log(`PostgreSQL listens on 127.0.0.1:${port}, data in ${data}`);
    return {
      databaseUrl: url,
      stop: async () => {
        await rm(join(folder, recordName), { force: true });
        // The hold ends with the server, so that nobody adopts one that is about to stop.
        await stopServer(cluster);
        await hold.release();
      },
    };
  } catch (error) {
    await stopServer(cluster);
    await hold.release();
    throw error;
  }
}

async function takeServer(
  cluster: Cluster,
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ port: number; hold: FolderHold }> {
  for (let trial = 1; ; trial++) {
    const port = await startServer(cluster, settings);
    try {
      return { port, hold: await holdFolder(await databaseUrl(cluster.data, port, 'postgres'), folder) };
    } catch (error) {
      // Another process may have been stopping the server that was found.
      if (error instanceof StackError || trial === 3) throw error;
    }
  }
}

async function writeRecord(folder: string, url: string): Promise<void> {
  const path = join(folder, recordName);
  await rm(path, { force: true });
  await writeFile(path, `${JSON.stringify({ databaseUrl: url, pid: process.pid }, null, 2)}\n`, { mode: 0o600 });
}
