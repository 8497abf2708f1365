// The log-linear law against scipy's L-BFGS-B: the same objective, starts and bounds, 13 targets of 512 runs on 17
// domains, the ridge fixed. Ours includes the standard errors that every fit comes with.

import { logLinear as surrogate } from '../dist/libs/surrogates/src/log-linear/log-linear.js';
import { logLinearProblem } from '../dist/libs/surrogates/src/log-linear/log-linear-law.js';
import { readLawData } from '../dist/libs/surrogates/src/parametric/law-data.js';
import { lawObjective } from '../dist/libs/surrogates/src/parametric/law-objective.js';
import { median } from './median.mjs';
import { withPeer } from './python-peer.mjs';
import { syntheticRuns } from './synthetic-runs.mjs';
import { secondsOf } from './timing.mjs';

const targets = 13;
const ridge = 1e-3;
const repetitions = 5;

export async function measure() {
  const { mixtures, losses } = syntheticRuns({ runs: 512, domains: 17, targets });
  const bounds = Object.fromEntries(
    ['largestExponent', 'deepestFloor'].map((name) => [name, surrogate.parameters[name].default]),
  );
  const problems = losses.map((values) => {
    const raw = readLawData(mixtures, values, () => 3);
    const problem = logLinearProblem(raw, { terms: 'weights', weightPull: 1, ...bounds });
    return { problem, data: { ...raw, rows: raw.rows.map((row) => problem.law.prepare(row)) } };
  });
  const counts = problems.map(({ problem }) => problem.starts.length);
  const starts = Math.max(...counts);
  const delta = surrogate.parameters.huberDelta.default;
  const size = problems[0].problem.law.size;
  const stacked = (pick) => problems.flatMap(({ problem }) => [...pick(problem)]);
  const arrays = {
    mixtures: { shape: [512, 17], values: mixtures.flatMap((row) => [...row]) },
    losses: { shape: [targets, 512], values: losses.flatMap((row) => [...row]) },
    // Some targets have fewer starts than others: theirs are laid end to end.
    starts: { shape: [-1, size], values: stacked((p) => p.starts.flatMap((start) => [...start])) },
    counts: { shape: [targets], values: counts },
    lower: { shape: [targets, size], values: stacked((p) => p.lower) },
    upper: { shape: [targets, size], values: stacked((p) => p.upper) },
  };
  const fitOurs = () => losses.map((values) => surrogate.fit(mixtures, values, { ridge, starts }));
  const name = 'log-linear-fit';
  const measured = await withPeer('log_linear.py', ['numpy', 'scipy'], arrays, async (ask) => {
    const fitted = fitOurs();
    const { objectives, version } = await ask('fit', { targets, ridge });
    requireAsLow(problems, fitted, objectives, delta);
    const times = { ours: [], theirs: [] };
    for (let i = 0; i < repetitions; i++) {
      times.ours.push(secondsOf(fitOurs));
      times.theirs.push((await ask('fit', { targets, ridge })).seconds);
    }
    const peer = `scipy ${version} L-BFGS-B, ${Math.min(...counts)} to ${starts} starts`;
    return [{ name, ours: median(times.ours), peer, theirs: median(times.theirs), unit: 's' }];
  });
  return measured.skipped ? [{ name, skipped: measured.skipped }] : measured;
}

/** Stopping early is no way to win: every fit of ours must reach an objective as low as scipy's. */
function requireAsLow(problems, fitted, objectives, delta) {
  problems.forEach(({ problem, data }, target) => {
    const theta = Float64Array.from(fitted[target].state().theta);
    const ours = lawObjective(problem, data, delta, ridge)(theta, new Float64Array(theta.length));
    if (ours > objectives[target] * (1 + 1e-4)) {
      throw new Error(`target ${target}: our objective is ${ours}, scipy's ${objectives[target]}`);
    }
  });
}
