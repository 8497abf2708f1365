import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { projectRoot } from './project-root.js';
import { applyMigrations } from './schema-engine.js';
import { StackError } from './stack.errors.js';

/** Any number that is ours: two processes that migrate one database take turns. */
const lockKey = 0x6d696772;

interface Migration {
  name: string;
  sql: string;
}

async function loadMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })),
  );
}

/**
 * Applies the migrations in prisma/migrations which the database lacks, with Prisma's own engine and without any
 * download; returns their names. Prisma's usual table records them, so `prisma migrate deploy` can go on from there.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const folder = join(projectRoot(), 'prisma', 'migrations');
  const migrations = await loadMigrations(folder);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    if (await isComplete(client, migrations)) return [];
    const lockfile = join(folder, 'migration_lock.toml');
    return await applyMigrations(databaseUrl, {
      baseDir: folder,
      lockfile: { path: 'migration_lock.toml', content: await readFile(lockfile, 'utf8') },
      shadowDbInitScript: '',
      migrationDirectories: migrations.map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
      })),
    });
  } catch (cause) {
    if (cause instanceof StackError) throw cause;
    throw new StackError('migrate', `The database could not be migrated: ${(cause as Error).message}`, { cause });
  } finally {
    await client.end();
  }
}

/** Saves loading the engine (5 MB) at every start; refuses what was changed after it was applied. */
async function isComplete(client: pg.Client, migrations: readonly Migration[]): Promise<boolean> {
  const table = await client.query("SELECT to_regclass('_prisma_migrations') AS name");
  if (table.rows[0].name === null) return false;
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new StackError(
      'migrate',
      `The database has the migration "${unknown}", which this version of Cuvée does not know: it was used by a newer one.`,
    );
  }
  for (const { name, sql } of migrations) {
    const checksum = applied.get(name);
    if (checksum === undefined) return false;
    if (checksum !== createHash('sha256').update(sql).digest('hex')) {
      throw new StackError(
        'migrate',
        `The migration "${name}" was changed after the database had applied it. ` +
          'Use the version of Cuvée that made these data, or a new database or home folder.',
      );
    }
  }
  return true;
}
