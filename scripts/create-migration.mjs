// Writes the next migration: what is missing between the migrations so far and prisma/schema.prisma.
// Usage: npm run build && node scripts/create-migration.mjs NAME
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computeSchemaDifference, startStack } from '#libs/stack';

const name = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  process.stderr.write('usage: node scripts/create-migration.mjs NAME   (small letters, digits and _)\n');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'cuvee-migration-'));
// Started by root, the server runs as another user.
await chmod(folder, 0o755);
try {
  const stack = await startStack({ folder });
  const sql = await computeSchemaDifference(stack.databaseUrl).finally(() => stack.stop());
  if (sql === '') {
    process.stdout.write('the migrations already lead to prisma/schema.prisma\n');
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const target = fileURLToPath(new URL(`../prisma/migrations/${stamp}_${name}`, import.meta.url));
    await mkdir(target);
    await writeFile(join(target, 'migration.sql'), sql);
    process.stdout.write(`${join(target, 'migration.sql')}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
