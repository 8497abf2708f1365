// Boosted trees against xgboost's histograms, both with LightGBM's shape of trees, on synthetic runs of the size of
// RegMix's: 512 runs, 17 domains, 13 targets. xgboost has whichever of one thread and all is faster; ours has one.
import { gbdt } from '../dist/libs/surrogates/src/index.js';
import { median } from './median.mjs';
import { withPeer } from './python-peer.mjs';
import { syntheticRuns } from './synthetic-runs.mjs';
import { secondsOf, threadCounts, threadsOf } from './timing.mjs';

const targets = 13;
const rounds = 1000;
const asked = 100_000;
const repetitions = 5;

export async function measure(wanted) {
  const { mixtures, losses, laws, draw } = syntheticRuns({ runs: 512, domains: 17, targets });
  const questions = draw(asked);
  const truth = questions.map(laws[0]);
  const arrays = {
    mixtures: { shape: [512, 17], values: mixtures.flatMap((row) => [...row]) },
    losses: { shape: [targets, 512], values: losses.flatMap((row) => [...row]) },
    asked: { shape: [asked, 17], values: questions.flatMap((row) => [...row]) },
    truth: { shape: [asked], values: truth },
  };
  const names = ['trees-fit', 'trees-predict'].filter(wanted);
  const measured = await withPeer('trees.py', ['numpy', 'xgboost'], arrays, async (ask) => {
    const rows = [];
    for (const name of names) rows.push(await takers[name]({ mixtures, losses, questions, truth }, ask));
    return rows;
  });
  return measured.skipped ? names.map((name) => ({ name, skipped: measured.skipped })) : measured;
}

const takers = { 'trees-fit': takeFit, 'trees-predict': takePredict };

async function takeFit({ mixtures, losses }, ask) {
  const fitModels = (count) => {
    for (let target = 0; target < count; target++) gbdt.fit(mixtures, losses[target], { rounds });
  };
  fitModels(1);
  // The first model decides how many threads the peer gets for the rest.
  const trials = [];
  for (const threads of threadCounts()) {
    await ask('fit', { targets: 1, rounds, threads });
    trials.push({ threads, ...(await ask('fit', { targets: 1, rounds, threads })) });
  }
  const { threads, version } = trials.reduce((best, trial) => (trial.seconds < best.seconds ? trial : best));
  const times = { ours: [], theirs: [] };
  for (let i = 0; i < 3; i++) {
    times.ours.push(secondsOf(() => fitModels(targets)));
    times.theirs.push((await ask('fit', { targets, rounds, threads })).seconds);
  }
  const peer = `xgboost ${version} hist, ${threadsOf(threads)}`;
  return { name: 'trees-fit', ours: median(times.ours), peer, theirs: median(times.theirs), unit: 's' };
}

async function takePredict({ mixtures, losses, questions, truth }, ask) {
  const fitted = gbdt.fit(mixtures, losses[0], { rounds });
  fitted.predict(questions.slice(0, 5000));
  const ours = [];
  const ways = threadCounts().flatMap((threads) => [true, false].map((inplace) => ({ threads, inplace, times: [] })));
  let rmse = 0;
  let version = '';
  for (let i = 0; i < repetitions; i++) {
    let values;
    ours.push(secondsOf(() => (values = fitted.predict(questions))));
    for (const { times, ...way } of ways) {
      const answer = await ask('predict', { rounds, ...way });
      ({ version } = answer);
      times.push(answer.seconds);
      rmse = answer.rmse;
    }
    requireSameQuality(values, truth, rmse);
  }
  const best = ways.reduce((a, b) => (median(b.times) < median(a.times) ? b : a));
  const peer = `xgboost ${version} ${best.inplace ? 'inplace_predict' : 'predict'}, ${threadsOf(best.threads)}`;
  return { name: 'trees-predict', ours: median(ours), peer, theirs: median(best.times), unit: 's' };
}

/** A race between different models would mean nothing. */
function requireSameQuality(values, truth, theirs) {
  const ours = Math.sqrt(values.reduce((sum, value, i) => sum + (value - truth[i]) ** 2, 0) / truth.length);
  if (Math.abs(ours / theirs - 1) > 0.1) throw new Error(`RMSE ${ours} of ours, ${theirs} of xgboost's: not one model`);
}
