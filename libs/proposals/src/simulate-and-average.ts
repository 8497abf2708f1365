// RegMix's optimiser: draw many mixtures, predict the objective of each, average the best few. Averaging the best
// `top` instead of taking the single best guards against the surrogate's own noise, and keeps the result inside the
// caps. RegMix draws from Dirichlet(q), strength 1, which lies near the corners and edges of the simplex: right for a
// target that one domain serves, poor for a mean of many targets, whose optimum lies inside. So the draws are shared
// among several strengths, each gives its own average, and the average with the lowest predicted objective is kept.
// A global search by brute force: it needs no gradient and cannot be trapped, but its resolution falls with the
// number of domains.
import { createRandom, fillToCaps, requireNumber } from '#libs/simplex';
import { CappedDirichlet } from './capped-dirichlet.js';

/** The random stream of simulation, apart from every other use of the same seed. */
const SIMULATION_STREAM = 2;
const CHUNK = 2000;

export interface SimulationSettings {
  /** Mixtures drawn, shared among the strengths. RegMix: 100 000. */
  readonly samples: number;
  /** Best mixtures averaged, out of all samples; each strength averages its share of them. RegMix: 128. */
  readonly top: number;
  /** Multiples of the prior used as Dirichlet concentrations. RegMix: 1 alone. */
  readonly strengths: readonly number[];
  readonly seed: number;
}

export interface SimulationResult {
  readonly weights: number[];
  /** The strength whose average was kept. */
  readonly strength: number;
  /** Share of the samples that had to be brought inside the caps (see capped-dirichlet.ts). */
  readonly repairedShare: number;
}

/** The mean of the rows of `drawn` (m wide) with the lowest values. */
function averageBest(drawn: Float64Array, values: Float64Array, top: number, m: number): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const best = order.slice(0, top);
  const mean = new Float64Array(m);
  for (const s of best) for (let i = 0; i < m; i++) mean[i] = mean[i]! + drawn[s * m + i]! / best.length;
  return mean;
}

/**
 * The best of the averages of the mixtures with the lowest `evaluate`, drawn around `prior` inside feasible `caps`.
 * Throws OUT_OF_RANGE for settings that are not positive, fewer samples than strengths, or more to average than drawn.
 * @param evaluate objective per mixture; called with chunks
 */
export function simulateAndAverage(
  prior: readonly number[],
  caps: readonly number[],
  settings: SimulationSettings,
  evaluate: (mixtures: readonly Float64Array[]) => Float64Array,
  onProgress?: (done: number, total: number) => void,
): SimulationResult {
  const { strengths } = settings;
  requireNumber('strengths.length', strengths.length, { min: 1 });
  const samples = requireNumber('samples', settings.samples, { min: strengths.length, integer: true });
  const top = requireNumber('top', settings.top, { min: 1, max: samples, integer: true });
  const m = prior.length;
  const sampler = new CappedDirichlet(createRandom(settings.seed, SIMULATION_STREAM), caps);
  const candidates: number[][] = [];
  let done = 0;
  strengths.forEach((strength, k) => {
    requireNumber('strengths', strength, { above: 0 });
    const concentration = prior.map((q) => q * strength);
    const share = Math.floor((samples * (k + 1)) / strengths.length) - Math.floor((samples * k) / strengths.length);
    const drawn = new Float64Array(share * m);
    const values = new Float64Array(share);
    for (let from = 0; from < share; from += CHUNK) {
      onProgress?.(done + from, samples);
      const rows: Float64Array[] = [];
      for (let s = from; s < Math.min(from + CHUNK, share); s++) {
        rows.push(sampler.drawInto(concentration, drawn.subarray(s * m, (s + 1) * m)));
      }
      values.set(evaluate(rows), from);
    }
    done += share;
    candidates.push(fillToCaps(averageBest(drawn, values, Math.max(1, Math.round((top * share) / samples)), m), caps));
  });
  onProgress?.(samples, samples);
  const objectives = evaluate(candidates.map((row) => Float64Array.from(row)));
  const kept = objectives.indexOf(Math.min(...objectives));
  return { weights: candidates[kept]!, strength: strengths[kept]!, repairedShare: sampler.repaired / samples };
}
