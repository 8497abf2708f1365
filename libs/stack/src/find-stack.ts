import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { recordName } from './start-stack.js';

/** The stack that runs on this folder, started by whichever process; null when none answers. */
export async function findStack(folder: string): Promise<{ databaseUrl: string } | null> {
  const text = await readFile(join(folder, recordName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  const databaseUrl = text === null ? null : readUrl(text);
  if (databaseUrl === null) return null;
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return { databaseUrl };
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function readUrl(text: string): string | null {
  try {
    const url: unknown = JSON.parse(text).databaseUrl;
    return typeof url === 'string' ? url : null;
  } catch {
    return null;
  }
}
