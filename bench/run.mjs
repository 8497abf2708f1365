// npm run bench [-- --only NAME] [-- --json FILE]: each measurement beside its peer's, taken in turn in the same run, as
// a ratio. On a shared machine quote the ratio, not the time.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/checkout.mjs';
import { formatTable } from './table.mjs';

ensureInstalled();
ensureBuilt();

/** The rows of each bench; `measure(wanted)` of its file takes those that `wanted` asks for. */
const benches = {
  'start-up': ['--help', 'fit --help', 'propose --help', 'export --help'].map((args) => `start-up cuvee ${args}`),
  'trainer-step': ['trainer-step 1 layer, 64 wide', 'trainer-step 2 layers, 64 wide'],
  trainer: ['', '-avx2'].flatMap((setting) => [
    `trainer-product${setting}`,
    ...['0.1M', '1M'].flatMap((size) => [
      `trainer-${size}${setting}`,
      `trainer-${size}-all-cores${setting}`,
      `trainer-${size}-processes${setting}`,
      ...(setting === '' ? [`trainer-${size}-workers`] : []),
    ]),
  ]),
  experts: ['0.1M, 2 of 8', '1M, 2 of 8', '1M, 8 of 64'].map((what) => `experts-step ${what}`),
  trees: ['trees-fit', 'trees-predict'],
  'gaussian-process': ['gp-fit', 'gp-predict'],
  'log-linear': ['log-linear-fit'],
  'fit-auto': ['fit-auto'],
};

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
const selected = Object.entries(benches).flatMap(([bench, names]) => {
  const wanted = names.filter((name) => [undefined, bench, name].includes(values.only));
  return wanted.length > 0 ? [{ bench, wanted }] : [];
});
if (selected.length === 0) {
  const known = Object.entries(benches).flatMap(([bench, names]) => [bench, ...names]);
  process.stderr.write(`bench: there is no "${values.only}"; known: ${[...new Set(known)].join(', ')}\n`);
  process.exit(2);
}

const rows = [];
for (const { bench, wanted } of selected) {
  process.stderr.write(`${bench} …\n`);
  const { measure } = await import(`./${bench}.mjs`);
  const measured = await measure((name) => wanted.includes(name));
  rows.push(...measured.filter(({ name }) => wanted.includes(name)));
}
const taken = rows
  .filter(({ skipped }) => skipped === undefined)
  .map(({ name, ours, peer, theirs, unit }) => ({ name, ours, peer, theirs, ratio: theirs / ours, unit }));
if (taken.length > 0) process.stdout.write(formatTable(taken));
for (const { name, skipped } of rows) if (skipped !== undefined) process.stdout.write(`${name} skipped: ${skipped}\n`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(taken, null, 2)}\n`);
