import { describe, expect, it } from 'vitest';
import { createTestDatabase, query } from '#libs/testing';
import { computeSchemaDifference, migrate } from './index.js';

async function emptyDatabase() {
  const database = await createTestDatabase();
  await query(database.databaseUrl, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return database;
}

describe('migrate', () => {
  it('leads to prisma/schema.prisma exactly, as Prisma itself compares them', async () => {
    const { databaseUrl, drop } = await createTestDatabase();
    expect(await computeSchemaDifference(databaseUrl)).toBe('');
    await query(databaseUrl, 'ALTER TABLE runs DROP COLUMN seed');
    expect(await computeSchemaDifference(databaseUrl)).toContain('ADD COLUMN     "seed"');
    await drop();
  });

  it('applies each migration once, when several processes migrate at the same moment', async () => {
    const { databaseUrl, drop } = await emptyDatabase();
    const applied = await Promise.all([migrate(databaseUrl), migrate(databaseUrl), migrate(databaseUrl)]);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    const rows = await query(databaseUrl, 'SELECT migration_name FROM _prisma_migrations ORDER BY started_at');
    expect(rows.map((row) => row.migration_name)).toEqual(applied.flat());
    expect(await migrate(databaseUrl)).toEqual([]);
    await drop();
  });

  it('refuses a database whose migrations are not the ones it knows', async () => {
    const { databaseUrl, drop } = await createTestDatabase();
    await query(databaseUrl, "UPDATE _prisma_migrations SET checksum = 'x'");
    await expect(migrate(databaseUrl)).rejects.toThrow('was changed after');
    await query(databaseUrl, "UPDATE _prisma_migrations SET migration_name = '29990101000000_later'");
    await expect(migrate(databaseUrl)).rejects.toThrow('used by a newer one');
    await drop();
  });

  it('names the server that does not answer, and not the password', async () => {
    const failure = await migrate('postgresql://me:s3cret@127.0.0.1:1/none').catch((error: Error) => error.message);
    expect(failure).toContain('127.0.0.1:1');
    expect(failure).not.toContain('s3cret');
  });
});
