// What early stopping costs and brings, on published runs and on runs trained here:
//   node bench/early-stopping.mjs --data FOLDER [--draws 24] [--model gp]
//   node bench/early-stopping.mjs --train FILE [--runs 96]
// --data: FOLDER/regmix as `published.mjs` takes it. Its runs have no curves: one is made for each, with an error at
// step s of `noise` spreads of the final losses at 0.3 of the steps, falling as sqrt(1 - s) to none.
// --train: trains that many mixtures of the demo's corpus with a small proxy and keeps their curves in FILE; where FILE
// exists it is read instead. Half of the mixtures are designed with, the others judged on.
// Sweeps of equal cost in steps are compared: every run to its end; with early stopping, stopped runs left out, taken
// for true where they led to, or censored. Printed are means over draws, ± standard error.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/checkout.mjs';

ensureInstalled();
ensureBuilt();
const { earlyStoppingSchema } = await import('../dist/libs/contracts/src/index.js');
const { readRunTables } = await import('../dist/libs/run-tables/src/index.js');
const { createRandom, regmixDesign, sampleWithoutReplacement } = await import('../dist/libs/simplex/src/index.js');
const { fitTarget, spearman } = await import('../dist/libs/surrogates/src/index.js');
const { playSweep } = await import('./simulate-halving.mjs');

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    train: { type: 'string' },
    runs: { type: 'string', default: '96' },
    draws: { type: 'string', default: '24' },
    model: { type: 'string', default: 'gp' },
  },
});
const settings = earlyStoppingSchema.parse({});
const workers = 4;

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const deviation = (list) => Math.sqrt(mean(list.map((x) => (x - mean(list)) ** 2)));

/** Rank correlation on unseen mixtures; how far the mixture predicted best is from the best, in spreads. */
function judge({ mixtures, losses, censored }, unseen) {
  const fitted = fitTarget(mixtures, losses, { seed: 1, model: values.model, ...(censored && { censored }) });
  const predicted = fitted.predict(unseen.mixtures).mean;
  const chosen = predicted.indexOf(Math.min(...predicted));
  const regret = (unseen.losses[chosen] - Math.min(...unseen.losses)) / deviation(unseen.losses);
  return { rho: spearman(predicted, unseen.losses), regret };
}

/** One table: budgets × ways. `draw(seed)` gives the runs in the order in which they would be started. */
function compare(title, budgets, draw, unseen) {
  process.stdout.write(`\n${title}\n`);
  for (const budget of budgets) {
    const found = new Map();
    for (let seed = 0; seed < Number(values.draws); seed++) {
      const runs = draw(seed);
      const take = (indexes) => ({
        mixtures: indexes.map((r) => runs[r].mixture),
        losses: indexes.map((r) => runs[r].final),
      });
      const note = (way, started, stopped, rows) =>
        found.set(way, [...(found.get(way) ?? []), { started, stopped, ...judge(rows, unseen) }]);
      const whole = playSweep(runs, { budget, workers, settings: null });
      note('to the end', whole.finished.length, 0, take(whole.finished));
      const { finished, stopped } = playSweep(runs, { budget, workers, settings });
      const started = finished.length + stopped.length;
      const kept = take(finished);
      const mixtures = stopped.map(({ run }) => runs[run].mixture);
      note('stopped, left out', started, stopped.length, kept);
      note('stopped, as truths', started, stopped.length, {
        mixtures: [...kept.mixtures, ...mixtures],
        losses: [...kept.losses, ...stopped.map((end) => end.mean)],
      });
      const bounds = { lower: stopped.map((end) => end.lower), upper: stopped.map((end) => end.upper) };
      note('stopped, censored', started, stopped.length, { ...kept, censored: { mixtures, ...bounds } });
    }
    for (const [way, rows] of found) {
      const of = (key) => rows.map((row) => row[key]);
      const shown = (key) =>
        `${mean(of(key)).toFixed(3)} ± ${(deviation(of(key)) / Math.sqrt(rows.length)).toFixed(3)}`;
      const counts = `${mean(of('started')).toFixed(0).padStart(4)} started, ${mean(of('stopped')).toFixed(0).padStart(3)} stopped`;
      process.stdout.write(
        `  cost of ${String(budget).padStart(3)} runs  ${way.padEnd(18)} ${counts}   Spearman ${shown('rho')}   regret ${shown('regret')}\n`,
      );
    }
  }
}

function onRegmix(folder) {
  const read = (part) => {
    const file = (name) => ({ label: name, text: readFileSync(join(folder, 'regmix', name), 'utf8') });
    const table = readRunTables({
      weights: file(`${part}_mixture_1m.csv`),
      losses: file(`${part}_pile_loss_1m.csv`),
    });
    const columns = Object.values(table.losses);
    return { mixtures: table.mixtures, losses: table.mixtures.map((_, r) => mean(columns.map((column) => column[r]))) };
  };
  const [train, unseen] = [read('train'), read('test')];
  const spread = deviation(train.losses);
  const steps = [50, 100, 150, 200, 250, 300, 900];
  for (const noise of [0.2, 0.5]) {
    const draw = (seed) => {
      const random = createRandom(seed, 3);
      return sampleWithoutReplacement(random, train.losses.length, train.losses.length).map((r) => {
        const error = noise * spread * random.normal();
        const final = train.losses[r];
        const at = (s) => final + 0.4 * (Math.sqrt(1000 / s) - 1) + error * Math.sqrt((1 - s / 1000) / 0.7);
        return { mixture: train.mixtures[r], steps, losses: steps.map(at), final };
      });
    };
    compare(`RegMix at 1M, mean of 13 targets; noise at the first rung ${noise} spreads`, [32, 64, 128], draw, unseen);
  }
}

async function trainRuns(file, count) {
  const { buildDemoCorpus } = await import('../dist/apps/cli/src/demo/corpus/build-demo-corpus.js');
  const { selectBackend } = await import('../dist/gpu-workers/src/backend/select-backend.js');
  const trainer = '../dist/gpu-workers/src/trainers/transformer';
  const { loadTexts } = await import(`${trainer}/load-texts.js`);
  const { trainTransformer } = await import(`${trainer}/train-transformer.js`);
  const { transformerAssignmentSchema } = await import(`${trainer}/transformer-assignment.js`);
  const folder = mkdtempSync(join(tmpdir(), 'cuvee-curves-'));
  const { domains } = await buildDemoCorpus(folder);
  const tokens = domains.map((domain) => domain.tokens);
  const total = tokens.reduce((sum, n) => sum + n, 0);
  const mixtures = regmixDesign({ prior: tokens.map((n) => n / total), runs: count, seed: 42 });
  const backend = await selectBackend('wasm');
  for (const [index, weights] of mixtures.entries()) {
    const assignment = transformerAssignmentSchema.parse({
      ...{ sweepId: 'bench', runId: `run-${index}`, attempt: 1, seed: 42, fidelity: 'proxy', trainer: 'transformer' },
      parameters: {
        ...{ layers: 1, width: 32, heads: 4, contextLength: 32, batchSize: 8, steps: 400, warmupSteps: 20 },
        ...{ learningRate: 0.01, evaluationTokens: 4096, evaluationEvery: 20 },
      },
      domains: domains.map(({ name, source }, i) => ({
        name,
        path: join(folder, source),
        weight: weights[i],
        tokens: tokens[i],
      })),
    });
    const nats = (losses) => Object.fromEntries(Object.entries(losses).map(([k, loss]) => [k, loss.natsPerToken]));
    const curve = [];
    let final;
    await trainTransformer(assignment, loadTexts(assignment), {
      backend,
      elapsedSeconds: () => 0,
      log: () => {},
      onMessage: (message) => {
        if (message.type === 'progress' && message.losses) curve.push([message.step, nats(message.losses)]);
        if (message.type === 'result') final = nats(message.losses);
      },
    });
    if (final) appendFileSync(`${file}.part`, `${JSON.stringify({ weights, curve, final })}\n`);
    process.stderr.write(`\r${index + 1} of ${count} trained`);
  }
  renameSync(`${file}.part`, file);
  rmSync(folder, { recursive: true });
  process.stderr.write('\n');
}

function onTrained(file) {
  const objective = (losses) => mean(Object.values(losses));
  const all = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const runs = all.map(({ weights, curve, final }) => ({
    mixture: weights,
    steps: curve.map(([step]) => (1000 * step) / 400),
    losses: curve.map(([, losses]) => objective(losses)),
    final: objective(final),
  }));
  const half = Math.floor(runs.length / 2);
  const finals = runs.map(({ final }) => final);
  const level = runs.map(({ losses, steps }) => losses[steps.indexOf(300)]);
  const falls = finals.map((final, r) => final - level[r]);
  process.stdout.write(
    `\n${runs.length} runs trained here, cosine schedule: Spearman of the losses at 0.3 of the steps with the final ones ` +
      `${spearman(level, finals).toFixed(3)}; the fall that follows varies by ${(deviation(falls) / deviation(finals)).toFixed(2)} spreads\n`,
  );
  const budgets = [16, 24, 32].filter((budget) => budget < half);
  const draw = (seed) => sampleWithoutReplacement(createRandom(seed, 3), half, half).map((r) => runs[r]);
  const unseen = { mixtures: runs.slice(half).map((run) => run.mixture), losses: finals.slice(half) };
  compare('The runs trained here, mean of all domains', budgets, draw, unseen);
}

if (values.data === undefined && values.train === undefined) {
  process.stderr.write('early-stopping: --data names the folder of published runs, --train a file for curves\n');
  process.exit(2);
}
if (values.data !== undefined) onRegmix(values.data);
if (values.train !== undefined) {
  if (!existsSync(values.train)) await trainRuns(values.train, Number(values.runs));
  onTrained(values.train);
}
