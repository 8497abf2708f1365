// The Gaussian process against scikit-learn's on synthetic runs of the size of RegMix's: 512 runs, 17 domains, 17 length
// scales, then 20,000 predictions with standard errors. scikit-learn has whichever of one thread and all is faster;
// ours has one, and its fit also decides between the loss and its logarithm and between two geometries.
import { gp } from '../dist/libs/surrogates/src/index.js';
import { median } from './median.mjs';
import { withPeer } from './python-peer.mjs';
import { syntheticRuns } from './synthetic-runs.mjs';
import { secondsOf, threadCounts, threadsOf } from './timing.mjs';

const asked = 20_000;
const repetitions = 3;

export async function measure(wanted = () => true) {
  const { mixtures, losses, laws, draw } = syntheticRuns({ runs: 512, domains: 17 });
  const questions = draw(asked);
  const truth = questions.map(laws[0]);
  const arrays = {
    mixtures: { shape: [512, 17], values: mixtures.flatMap((row) => [...row]) },
    losses: { shape: [512], values: losses[0] },
    asked: { shape: [asked, 17], values: questions.flatMap((row) => [...row]) },
    truth: { shape: [asked], values: truth },
  };
  const names = ['gp-fit', 'gp-predict'].filter(wanted);
  const measured = await withPeer('gaussian_process.py', ['numpy', 'sklearn'], arrays, async (ask) => {
    const ours = { fit: [], predict: [] };
    const theirs = threadCounts().map((threads) => ({ threads, fit: [], predict: [] }));
    let version = '';
    // Until WebAssembly is compiled to the full.
    gp.fit(mixtures, losses[0]);
    for (let i = 0; i < repetitions; i++) {
      let fitted;
      ours.fit.push(secondsOf(() => (fitted = gp.fit(mixtures, losses[0]))));
      let values;
      ours.predict.push(
        secondsOf(() => {
          values = fitted.predict(questions);
          fitted.standardErrors(questions);
        }),
      );
      for (const times of theirs) {
        times.fit.push((await ask('fit', { threads: times.threads })).seconds);
        const answer = await ask('predict', { threads: times.threads });
        times.predict.push(answer.seconds);
        requireAsGood(values, truth, answer.rmse);
        ({ version } = answer);
      }
    }
    return names.map((name) => {
      const step = name === 'gp-fit' ? 'fit' : 'predict';
      const best = theirs.reduce((a, b) => (median(b[step]) < median(a[step]) ? b : a));
      const peer = `scikit-learn ${version}, ${threadsOf(best.threads)}`;
      return { name, ours: median(ours[step]), peer, theirs: median(best[step]), unit: 's' };
    });
  });
  return measured.skipped ? names.map((name) => ({ name, skipped: measured.skipped })) : measured;
}

/** A worse model would have an easier race. */
function requireAsGood(values, truth, theirs) {
  const ours = Math.sqrt(values.reduce((sum, value, i) => sum + (value - truth[i]) ** 2, 0) / truth.length);
  if (ours > 1.05 * theirs) throw new Error(`RMSE ${ours} of ours, ${theirs} of scikit-learn's: not as good a model`);
}
