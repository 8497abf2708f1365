import pg from 'pg';
import { StackError } from './stack.errors.js';

/** Any number that is ours: the key of the advisory lock in the database "postgres". */
const lockKey = 0x63757665;

export interface FolderHold {
  ensureDatabase(name: string): Promise<void>;
  release(): Promise<void>;
}

/**
 * Makes this process the one that looks after the server. The mark is a lock inside the server, held by a connection:
 * it ends with the process, however that dies, so there is no stale lock file to tell from a live one.
 */
export async function holdFolder(databaseUrl: string, folder: string): Promise<FolderHold> {
  const connect = async () => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: `cuvee stack, process ${process.pid}`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const client = await connect();
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS held', [lockKey]);
  if (rows[0].held !== true) {
    const holder = await client.query(
      `SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
       WHERE locktype = 'advisory' AND granted AND objid = $1`,
      [lockKey],
    );
    await client.end();
    const pid = /process (\d+)/.exec(holder.rows[0]?.application_name ?? '')?.[1];
    throw new StackError(
      'in-use',
      `Another Cuvée${pid ? ` (process ${pid})` : ''} is running on ${folder}. Stop it, or choose another folder.`,
    );
  }
  return {
    async ensureDatabase(name) {
      const existing = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (existing.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    },
    async release() {
      await client.end().catch(() => undefined);
    },
  };
}
