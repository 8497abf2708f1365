// Applies the migrations which the database at DATABASE_URL lacks. One explicit step before the API starts: replicas
// of the API never migrate. Usage: DATABASE_URL=postgresql://... node scripts/migrate.mjs
import { migrate } from '#libs/stack';

const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  process.stderr.write('DATABASE_URL is not set\n');
  process.exit(2);
}
try {
  const applied = await migrate(DATABASE_URL);
  process.stdout.write(applied.length > 0 ? `applied: ${applied.join(', ')}\n` : 'nothing to apply\n');
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
