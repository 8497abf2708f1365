// npm run bench [-- --only NAME] [-- --json FILE]: each measurement beside its peer's, in one process or in turn, as a
// ratio. On a shared machine quote the ratio, not the time.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/checkout.mjs';

ensureInstalled();
ensureBuilt();

const benches = ['start-up', 'trainer-step'];
const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
if (values.only !== undefined && !benches.includes(values.only)) {
  process.stderr.write(`bench: there is no "${values.only}"; known: ${benches.join(', ')}\n`);
  process.exit(2);
}

const rows = [];
for (const name of benches.filter((candidate) => candidate === (values.only ?? candidate))) {
  const { measure } = await import(`./${name}.mjs`);
  for (const row of await measure()) {
    rows.push({ ...row, ratio: row.theirs / row.ours });
    const numbers = `${row.ours.toFixed(1)} ${row.unit} against ${row.theirs.toFixed(1)} ${row.unit}`;
    process.stdout.write(
      `${row.name.padEnd(28)} ${numbers} of ${row.peer}: ${rows.at(-1).ratio.toFixed(2)} times as fast\n`,
    );
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
