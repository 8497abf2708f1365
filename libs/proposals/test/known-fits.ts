// Fits whose surrogates are known functions, so that the true optimum of every objective is known as well.
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { FittedTarget, type FittedTargets, fitTarget, type Mixtures } from '#libs/surrogates';

export type Law = (p: ArrayLike<number>) => number;

export interface KnownWorld {
  readonly domains: readonly string[];
  readonly mixtures: number[][];
  readonly losses: Record<string, number[]>;
  readonly fits: FittedTargets;
}

export interface KnownSurrogate {
  readonly law: Law;
  /** What `describe` says; with the name "log-linear" it must be c, b and t. */
  readonly name?: string;
  readonly describe?: Record<string, unknown>;
  /** Standard error at a mixture; default the noise everywhere. */
  readonly error?: Law;
}

/** `runs` measurements of each law with noise, and fits that know the laws. */
export function knownWorld(
  domains: readonly string[],
  laws: Readonly<Record<string, KnownSurrogate>>,
  { runs = 60, seed = 1, noise = 0.002 } = {},
): KnownWorld {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: runs }, () =>
    sampleDirichlet(
      random,
      domains.map(() => 1),
    ),
  );
  const losses: Record<string, number[]> = {};
  const fits: Record<string, FittedTarget> = {};
  for (const [target, { law, name = 'known', describe = {}, error }] of Object.entries(laws)) {
    const measured = mixtures.map((p) => law(p) + noise * random.normal());
    losses[target] = measured;
    const { diagnostics } = fitTarget(mixtures, measured, { model: 'linear', seed });
    const predict = (rows: Mixtures) => Float64Array.from(rows, law);
    const surrogate = {
      name,
      converged: true,
      reason: 'known',
      iterations: 1,
      residual: noise,
      predict,
      standardErrors: error ? (rows: Mixtures) => Float64Array.from(rows, (p) => error(p) / noise) : () => null,
      describe: () => describe,
      state: () => ({}),
    };
    fits[target] = new FittedTarget(
      surrogate,
      { ...diagnostics, signal: { ...diagnostics.signal, present: true } },
      { floor: 0, scale: noise, half50: 0.67 * noise, half90: 1.64 * noise },
      predict(mixtures),
      Float64Array.from(mixtures, (p) => error?.(p) ?? noise),
      [...mixtures.keys()],
    );
  }
  return { domains, mixtures, losses, fits };
}

/** c + exp(b + t . p) as the surrogate `log-linear` presents itself. */
export function logLinear(c: number, b: number, t: readonly number[]): KnownSurrogate {
  return {
    name: 'log-linear',
    law: (p) => c + Math.exp(t.reduce((sum, slope, i) => sum + slope * p[i]!, b)),
    describe: { c, b, t },
  };
}

/** 2 + squared distance to `best`, which has its least at `best`. */
export function bowl(best: readonly number[]): KnownSurrogate {
  return { law: (p) => best.reduce((sum, w, i) => sum + (p[i]! - w) * (p[i]! - w), 2) };
}
