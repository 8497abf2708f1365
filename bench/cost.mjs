// node bench/cost.mjs [--limit SECONDS]: what a fit costs against runs and against domains, for every surrogate in the
// registry and for `auto` with all its diagnostics. Writes docs/fit-cost.csv, docs/fit-cost.svg and the tables of
// docs/how-much-does-a-fit-cost.md. A line ends where a fit took longer than the limit.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify/sync';
import { ensureBuilt, ensureInstalled, root } from '../scripts/checkout.mjs';
import { drawCost } from './cost-chart.mjs';
import { median } from './median.mjs';

ensureInstalled();
ensureBuilt();
const { fitTarget, surrogates } = await import('../dist/libs/surrogates/src/index.js');
const { InvalidInputError } = await import('../dist/libs/simplex/src/index.js');
const { syntheticRuns } = await import('./synthetic-runs.mjs');

const { values } = parseArgs({ options: { limit: { type: 'string', default: '10' } } });
const limit = Number(values.limit);
const axes = {
  runs: [64, 128, 256, 512, 1024, 2048, 4096].map((runs) => ({ runs, domains: 17 })),
  domains: [4, 8, 16, 32, 64, 100].map((domains) => ({ runs: 512, domains })),
};
const models = [
  ...surrogates.map(({ name, fit }) => ({ name, fitOnce: fit })),
  { name: 'auto', fitOnce: (mixtures, losses) => fitTarget(mixtures, losses, { seed: 1 }) },
];

const measured = models.flatMap((model) =>
  Object.entries(axes).flatMap(([axis, sizes]) => {
    process.stderr.write(`${model.name}, by ${axis} …\n`);
    return measureAxis(model, axis, sizes);
  }),
);
writeFileSync(join(root, 'docs', 'fit-cost.csv'), stringify(measured, { header: true }));
writeFileSync(join(root, 'docs', 'fit-cost.svg'), drawCost(measured, axes));
const page = join(root, 'docs', 'how-much-does-a-fit-cost.md');
writeFileSync(page, withTables(readFileSync(page, 'utf8')));

function measureAxis({ name, fitOnce }, axis, sizes) {
  const rows = [];
  for (const { runs, domains } of sizes) {
    const { mixtures, losses } = syntheticRuns({ runs, domains });
    const seconds = fitSeconds(() => fitOnce(mixtures, losses[0]));
    if (seconds === null) continue;
    rows.push({ axis, model: name, runs, domains, seconds: Number(seconds.toPrecision(3)) });
    if (seconds > limit) break;
  }
  return rows;
}

/**
 * One fit where it takes seconds, else the median of as many as fill a third of a second, the first left out; null
 * where these rows cannot be fitted.
 */
function fitSeconds(work) {
  // Processor time, not the clock's: a fit has one thread, and others on the machine should not count.
  const once = () => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  try {
    const first = once();
    if (first > 1) return first;
    const times = [];
    for (let spent = 0; times.length < 3 || spent < 0.33; spent += times.at(-1)) times.push(once());
    return median(times);
  } catch (error) {
    if (error instanceof InvalidInputError) return null;
    throw error;
  }
}

function withTables(text) {
  const machine = `Measured on ${availableParallelism()} cores of ${cpus()[0].model.trim()}, Node ${process.versions.node}.`;
  const tables = Object.entries(axes).map(([axis, sizes]) => {
    const constant = axis === 'runs' ? `${sizes[0].domains} domains` : `${sizes[0].runs} runs`;
    const lines = [
      `Processor seconds per fit of one target, ${constant}:`,
      '',
      `| ${axis} | ${sizes.map((size) => size[axis]).join(' | ')} |`,
      `|---|${sizes.map(() => '---:|').join('')}`,
      ...models.map(({ name }) => `| \`${name}\` | ${sizes.map((size) => cell(name, axis, size)).join(' | ')} |`),
    ];
    return lines.join('\n');
  });
  const block = `<!-- measured by bench/cost.mjs -->\n${[machine, ...tables].join('\n\n')}\n<!-- end -->`;
  return text.replace(/<!-- measured by bench\/cost\.mjs -->[\s\S]*<!-- end -->/, () => block);
}

function cell(name, axis, size) {
  const row = measured.find((r) => r.model === name && r.axis === axis && r[axis] === size[axis]);
  if (!row) return '–';
  return row.seconds >= 100 ? row.seconds.toFixed(0) : String(Number(row.seconds.toPrecision(2)));
}
