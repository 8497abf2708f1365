// How well each surrogate ranks mixtures that it has not seen, on the runs that RegMix published (sail-sg/regmix, data/):
//   node bench/published.mjs --data FOLDER [--models auto,gp] [--targets pile_cc,arxiv] [--json FILE]
// FOLDER holds train_mixture_1m.csv, train_pile_loss_1m.csv and the test pairs at 1m and 60m. Everything is fitted on
// the training runs alone; the test runs are looked at once. Beside what is reached stands what could be: "if seen" is
// the rank correlation at 1M if every row that trained on a printed weight above 0 of the target's own domain were
// predicted exactly; the last line ranks the runs at 60M by the losses measured at 1M.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/checkout.mjs';

ensureInstalled();
ensureBuilt();
const { readRunTables } = await import('../dist/libs/run-tables/src/index.js');
const { createRandom } = await import('../dist/libs/simplex/src/index.js');
const { fitTarget, spearman } = await import('../dist/libs/surrogates/src/index.js');

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    models: { type: 'string', default: 'linear,log-linear,root-log-linear,gbdt,gp,auto' },
    targets: { type: 'string' },
    json: { type: 'string' },
  },
});
if (values.data === undefined) {
  process.stderr.write('published: --data names the folder with RegMix’s CSV files\n');
  process.exit(2);
}

function read(part, scale) {
  const file = (name) => ({ label: name, text: readFileSync(join(values.data, name), 'utf8') });
  return readRunTables({
    weights: file(`${part}_mixture_${scale}.csv`),
    losses: file(`${part}_pile_loss_${scale}.csv`),
  });
}

const [train, at1M, at60M] = [read('train', '1m'), read('test', '1m'), read('test', '60m')];
const wanted = values.targets?.split(',');
const targets = Object.keys(train.losses).filter((name) => !wanted || wanted.some((part) => name.includes(part)));
const rows = [];

/** Column of the domain that a target's validation texts come from. */
function ownDomain(target) {
  const name = shortName(target);
  return train.domains.findIndex((domain) => domain.endsWith(name));
}

function shortName(target) {
  return target.replace('metric/the_pile_', '').replace('_val_loss', '');
}

/** Scores of one model on one target, fitted on the rows given. */
function score(model, target, kept) {
  const losses = kept.map((r) => train.losses[target][r]);
  const begun = performance.now();
  const fitted = fitTarget(
    kept.map((r) => train.mixtures[r]),
    losses,
    { model, seed: 42 },
  );
  const seconds = (performance.now() - begun) / 1000;
  const [here, larger] = [fitted.predict(at1M.mixtures), fitted.predict(at60M.mixtures)];
  const observed = at1M.losses[target];
  const own = ownDomain(target);
  const ifSeen = Array.from(observed, (y, r) => (at1M.mixtures[r][own] > 0 ? y : here.mean[r]));
  const covered = (lower, upper) =>
    Array.from(observed).filter((y, r) => y >= lower[r] && y <= upper[r]).length / observed.length;
  return {
    model,
    target,
    runs: kept.length,
    spearman1M: spearman(here.mean, observed),
    spearman60M: spearman(larger.mean, at60M.losses[target]),
    spearmanIfSeen: spearman(ifSeen, observed),
    mae1M: Array.from(observed).reduce((sum, y, r) => sum + Math.abs(y - here.mean[r]) / observed.length, 0),
    coverage50: covered(here.lower50, here.upper50),
    coverage90: covered(here.lower90, here.upper90),
    seconds,
  };
}

function print(label, scored) {
  const mean = (key) => scored.reduce((sum, row) => sum + row[key], 0) / scored.length;
  const text = (key, digits) => mean(key).toFixed(digits).padStart(8);
  process.stdout.write(
    `${label.padEnd(44)}${text('spearman1M', 4)}${text('spearman60M', 4)}${text('spearmanIfSeen', 4)}${text('mae1M', 4)}${text('coverage50', 3)}${text('coverage90', 3)}${text('seconds', 2)}\n`,
  );
}

const all = train.mixtures.map((_, r) => r);
function subset(size, seed) {
  const random = createRandom(seed);
  return all
    .map((r) => ({ r, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
    .map(({ r }) => r);
}

const head = ['rho 1M', 'rho 60M', 'if seen', 'MAE 1M', 'in 50%', 'in 90%', 'seconds'];
process.stdout.write(`${''.padEnd(44)}${head.map((title) => title.padStart(8)).join('')}\n`);
for (const model of values.models.split(',')) {
  const scored = targets.map((target) => {
    const result = score(model, target, all);
    rows.push(result);
    print(`${model}, ${shortName(target)}`, [result]);
    return result;
  });
  if (scored.length > 1) print(`${model}, mean of ${scored.length} targets`, scored);
  const pileCc = targets.find((target) => target.includes('pile_cc'));
  if (pileCc === undefined) continue;
  for (const size of [256, 128, 64, 32]) {
    const drawn = [0, 1, 2, 3, 4].map((seed) => score(model, pileCc, subset(size, seed)));
    rows.push(...drawn);
    print(`${model}, pile_cc, ${size} runs (mean of 5 draws)`, drawn);
  }
}
const measured = targets.map((target) => spearman(at1M.losses[target], at60M.losses[target]));
const ranked = measured.reduce((sum, rho) => sum + rho / measured.length, 0);
process.stdout.write(
  `${`measured at 1M, mean of ${measured.length} targets`.padEnd(44)}${''.padEnd(8)}${ranked.toFixed(4).padStart(8)}\n`,
);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
