// `fitTarget` with its default model, everything included (out-of-fold scores, intervals, learning curve, importance),
// against scikit-learn's stack of the same families, which only fits: synthetic runs of the size of RegMix's, 512 runs
// on 17 domains. One repetition after a warm-up: the peer takes a minute or more.
import { availableParallelism } from 'node:os';
import { fitTarget } from '../dist/libs/surrogates/src/index.js';
import { withPeer } from './python-peer.mjs';
import { syntheticRuns } from './synthetic-runs.mjs';
import { secondsOf } from './timing.mjs';

export async function measure() {
  const { mixtures, losses, laws, draw } = syntheticRuns({ runs: 512, domains: 17 });
  const questions = draw(5000);
  const truth = questions.map(laws[0]);
  const arrays = {
    mixtures: { shape: [512, 17], values: mixtures.flatMap((row) => [...row]) },
    losses: { shape: [1, 512], values: losses[0] },
    asked: { shape: [5000, 17], values: questions.flatMap((row) => [...row]) },
    truth: { shape: [5000], values: truth },
  };
  const name = 'fit-auto';
  const modules = ['numpy', 'scipy', 'sklearn', 'xgboost'];
  const measured = await withPeer('fit_auto.py', modules, arrays, async (ask) => {
    fitTarget(mixtures.slice(0, 64), losses[0].slice(0, 64), { seed: 1 });
    let fitted;
    const ours = secondsOf(() => (fitted = fitTarget(mixtures, losses[0], { seed: 1 })));
    const answer = await ask('fit', { threads: availableParallelism() });
    const { mean } = fitted.predict(questions);
    const rmse = Math.sqrt(mean.reduce((sum, value, i) => sum + (value - truth[i]) ** 2, 0) / truth.length);
    const peer = `scikit-learn ${answer.version} stack (RMSE ${answer.rmse.toPrecision(3)}, ours ${rmse.toPrecision(3)})`;
    return [{ name, ours, peer, theirs: answer.seconds, unit: 's' }];
  });
  return measured.skipped ? [{ name, skipped: measured.skipped }] : measured;
}
