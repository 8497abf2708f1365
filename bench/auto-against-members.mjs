// How `auto` does beside its own best member, out of fold, on published runs:
//   node bench/auto-against-members.mjs --data FOLDER [--json FILE]
// FOLDER holds regmix/ (the training runs, of which seeded draws are fitted), admire-bayesopt/, mixinglaws/ and
// slimpajama-scaling/, or some of them. No test run is read. Per set: the root mean squared error of auto over that of
// the member that turns out best on these very rows (geometric mean and worst over targets); on how many targets auto's
// squared errors are larger by more than two and three standard errors of the paired difference; and the same for the member
// that cross-validation would have picked: best on the other folds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/checkout.mjs';
import { groupBy, publishedSets } from './published-sets.mjs';

ensureInstalled();
ensureBuilt();
const { readRunTables } = await import('../dist/libs/run-tables/src/index.js');
const { createRandom } = await import('../dist/libs/simplex/src/index.js');
const { fitTarget } = await import('../dist/libs/surrogates/src/index.js');
const { assignFolds } = await import('../dist/libs/surrogates/src/folds.js');

const SEED = 42;
const { values } = parseArgs({ options: { data: { type: 'string' }, json: { type: 'string' } } });
if (values.data === undefined) {
  process.stderr.write('auto-against-members: --data names the folder with the published runs\n');
  process.exit(2);
}

/** Disjoint draws of RegMix's training runs. */
function regmixDraws() {
  const file = (name) => ({ label: name, text: readFileSync(join(values.data, 'regmix', name), 'utf8') });
  if (!existsSync(join(values.data, 'regmix'))) return [];
  const train = readRunTables({ weights: file('train_mixture_1m.csv'), losses: file('train_pile_loss_1m.csv') });
  const random = createRandom(3);
  const order = train.mixtures
    .map((_, r) => ({ r, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ r }) => r);
  const sizes = [24, 32, 64, 128];
  return sizes.flatMap((size, k) => {
    const begin = sizes.slice(0, k).reduce((sum, n) => sum + n, 0);
    const rows = order.slice(begin, begin + size);
    return Object.entries(train.losses).map(([target, losses]) => ({
      set: `RegMix, ${size} runs`,
      target,
      mixtures: rows.map((r) => train.mixtures[r]),
      losses: rows.map((r) => losses[r]),
    }));
  });
}

const mean = (numbers) => numbers.reduce((sum, v) => sum + v, 0) / numbers.length;

/** t of the mean difference of paired squared errors: above 0, `ours` are larger. */
function pairedT(ours, theirs) {
  const differences = ours.map((e, r) => e - theirs[r]);
  const centre = mean(differences);
  const variance = differences.reduce((sum, d) => sum + (d - centre) ** 2, 0) / (differences.length - 1);
  return variance > 0 ? centre / Math.sqrt(variance / differences.length) : 0;
}

/** Squared error of each row, predicted by the member with the least error on the other folds. */
function pickedByFold(members, foldOf) {
  return members[0].map((_, r) => {
    const others = (errors) => mean(errors.filter((_, q) => foldOf[q] !== foldOf[r]));
    return members.reduce((a, b) => (others(b) < others(a) ? b : a))[r];
  });
}

function judge({ set, target, mixtures, losses }) {
  const squared = (model) => {
    const { outOfFold } = fitTarget(mixtures, losses, { model, seed: SEED });
    return losses.map((loss, r) => (outOfFold[r] - loss) ** 2);
  };
  const { diagnostics, outOfFold } = fitTarget(mixtures, losses, { seed: SEED });
  const auto = losses.map((loss, r) => (outOfFold[r] - loss) ** 2);
  const members = diagnostics.members.map(({ model }) => squared(model));
  const best = members.reduce((a, b) => (mean(b) < mean(a) ? b : a));
  const picked = pickedByFold(members, assignFolds(mixtures, 5, SEED).foldOf);
  const against = (errors) => ({ ratio: Math.sqrt(mean(errors) / mean(best)), t: pairedT(errors, best) });
  return { set, target, runs: losses.length, auto: against(auto), picked: against(picked) };
}

const columns = ['targets', 'auto', 'worst', 't > 2', 't > 3', 'picked', 'worst', 't > 2', 't > 3'];
process.stdout.write(`${''.padEnd(22)}${columns.map((title) => title.padStart(8)).join('')}\n`);
function print(name, rows) {
  const cells = ['auto', 'picked'].flatMap((who) => {
    const ratios = rows.map((row) => row[who].ratio);
    const geometric = Math.exp(mean(ratios.map(Math.log)));
    const beyond = [2, 3].map((limit) => String(rows.filter((row) => row[who].t > limit).length));
    return [geometric.toFixed(3), Math.max(...ratios).toFixed(2), ...beyond];
  });
  process.stdout.write(
    `${name.padEnd(22)}${[String(rows.length), ...cells].map((cell) => cell.padStart(8)).join('')}\n`,
  );
}

const judged = [];
for (const [name, sets] of groupBy([...regmixDraws(), ...publishedSets(values.data)], ({ set }) => set)) {
  const rows = sets.map(judge);
  judged.push(...rows);
  print(name, rows);
}
print('all', judged);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(judged, null, 2)}\n`);
