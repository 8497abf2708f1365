import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

const template = 'cuvee_template';

/** What is thrown away needs no care for the disk. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface TestDatabase {
  databaseUrl: string;
  drop(): Promise<void>;
}

/** A migrated, empty database on the server of this test run: a copy of a template, made in some 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await ensureServer();
  const name = `spec_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    databaseUrl: onDatabase(server, name),
    drop: async () => {
      await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** A database for the spec file, or for the `describe` which calls this: made before its tests, dropped after them. */
export function withDatabase(): { readonly url: string } {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database?.drop());
  return {
    get url() {
      if (!database) throw new Error('the database is there from beforeAll on');
      return database.databaseUrl;
    },
  };
}

/** The URL of the server's maintenance database; starts the server unless another spec file has. */
async function ensureServer(): Promise<string> {
  const folder = process.env.CUVEE_TEST_STACK;
  if (!folder) throw new Error('libs/testing/src/global-setup.ts must be among globalSetup in vitest.config.ts');
  // Loaded here: whoever wants the store in memory alone does not wait for them.
  const { findStack, StackError, startStack } = await import('#libs/stack');
  for (;;) {
    const found = await findStack(folder);
    if (found) return withTemplate(onDatabase(found.databaseUrl, 'postgres'));
    try {
      // Nobody stops it here: the run's teardown does, after the last spec file.
      const { databaseUrl } = await startStack({ folder, settings });
      return withTemplate(onDatabase(databaseUrl, 'postgres'));
    } catch (error) {
      if (!(error instanceof StackError && error.code === 'in-use')) throw error;
      await delay(50);
    }
  }
}

/** The migrated database itself has visitors who ask whether the server runs; only one that nobody visits is copied. */
async function withTemplate(server: string): Promise<string> {
  for (;;) {
    try {
      await query(server, `CREATE DATABASE ${template} TEMPLATE cuvee`);
      return server;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === '42P04' || code === '23505') return server;
      if (code !== '55006') throw error;
      await delay(20);
    }
  }
}

function onDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = name;
  return url.href;
}

/** The rows that one statement answers, on a connection of its own. */
export async function query(databaseUrl: string, statement: string): Promise<Record<string, unknown>[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
