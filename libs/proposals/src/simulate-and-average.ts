// RegMix's optimiser: draw many mixtures, predict the objective of each, average the best few. Averaging the best
// `top` instead of taking the single best guards against the surrogate's own noise, and keeps the result inside the
// constraints, a convex set. RegMix draws from Dirichlet(q), strength 1, which lies near the corners and edges of the
// simplex: right for a target that one domain serves, poor for a mean of many targets, whose optimum lies inside. So
// the draws are shared among several strengths, each gives its own average, and the average with the lowest predicted
// objective is kept. A global search by brute force: it needs no gradient and cannot be trapped, but its resolution
// falls with the number of domains. Evenly spaced draws are kept with their values for whoever asks next.
import { createRandom, type FeasibleSet, PolytopeSampler, requireNumber } from '#libs/simplex';

/** The random stream of simulation, apart from every other use of the same seed. */
const SIMULATION_STREAM = 2;
const CHUNK = 2000;
const POOL = 20_000;

export interface SimulationSettings {
  /** Mixtures drawn, shared among the strengths. RegMix: 100 000. */
  readonly samples: number;
  /** Best mixtures averaged, out of all samples; each strength averages its share of them. RegMix: 128. */
  readonly top: number;
  /** Multiples of the prior used as Dirichlet concentrations. RegMix: 1 alone. */
  readonly strengths: readonly number[];
  readonly seed: number;
}

/** Mixtures that were drawn with what was predicted for them, without the KL penalty. */
export interface Pool {
  readonly rows: readonly Float64Array[];
  readonly base: Float64Array;
}

export interface SimulationResult {
  readonly weights: Float64Array;
  /** What was minimised, at these weights. */
  readonly value: number;
  /** The strength whose average was kept. */
  readonly strength: number;
  /** Share of the samples that had to be brought inside the constraints. */
  readonly repairedShare: number;
  readonly pool: Pool;
}

/** The mean of the `top` rows with the lowest values. */
export function averageBest(rows: readonly Float64Array[], values: Float64Array, top: number): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const best = order.slice(0, top);
  const mean = new Float64Array(rows[0]!.length);
  for (const s of best) for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! + rows[s]![i]! / best.length;
  return mean;
}

/**
 * The best of the averages of the mixtures with the lowest base + penalty, drawn around `prior` inside `set`.
 * Throws OUT_OF_RANGE for settings that are not positive, fewer samples than strengths, or more to average than drawn.
 * @param base predicted objective per mixture; called with chunks
 * @param penalty what a mixture costs besides
 */
export function simulateAndAverage(
  prior: readonly number[],
  set: FeasibleSet,
  settings: SimulationSettings,
  base: (mixtures: readonly Float64Array[]) => Float64Array,
  penalty: (mixture: Float64Array) => number,
  onProgress?: (done: number, total: number) => void,
): SimulationResult {
  const { strengths } = settings;
  requireNumber('strengths.length', strengths.length, { min: 1 });
  const samples = requireNumber('samples', settings.samples, { min: strengths.length, integer: true });
  const top = requireNumber('top', settings.top, { min: 1, max: samples, integer: true });
  const every = Math.max(1, Math.ceil(samples / POOL));
  const sampler = new PolytopeSampler(createRandom(settings.seed, SIMULATION_STREAM), set);
  const [pooled, pooledBase]: [Float64Array[], number[]] = [[], []];
  const candidates: Float64Array[] = [];
  let done = 0;
  strengths.forEach((strength, k) => {
    requireNumber('strengths', strength, { above: 0 });
    const concentration = prior.map((q) => q * strength);
    const share = Math.floor((samples * (k + 1)) / strengths.length) - Math.floor((samples * k) / strengths.length);
    const drawn: Float64Array[] = [];
    const values = new Float64Array(share);
    for (let from = 0; from < share; from += CHUNK) {
      onProgress?.(done + from, samples);
      const rows = Array.from({ length: Math.min(CHUNK, share - from) }, () =>
        sampler.drawInto(concentration, new Float64Array(set.size)),
      );
      base(rows).forEach((value, r) => {
        drawn.push(rows[r]!);
        values[from + r] = value + penalty(rows[r]!);
        if ((done + from + r) % every !== 0) return;
        pooled.push(rows[r]!);
        pooledBase.push(value);
      });
    }
    done += share;
    candidates.push(set.snap(averageBest(drawn, values, Math.max(1, Math.round((top * share) / samples)))));
  });
  onProgress?.(samples, samples);
  const values = base(candidates).map((value, k) => value + penalty(candidates[k]!));
  const kept = values.indexOf(Math.min(...values));
  return {
    weights: candidates[kept]!,
    value: values[kept]!,
    strength: strengths[kept]!,
    repairedShare: sampler.repaired / samples,
    pool: { rows: pooled, base: Float64Array.from(pooledBase) },
  };
}
