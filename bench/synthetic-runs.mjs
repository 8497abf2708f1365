// Runs of the shape that data-mixture papers publish, from a seed: mixtures drawn as RegMix draws them, losses of a law
// that no surrogate here is exactly, noise added.
import { createRandom, sampleDirichlet } from '../dist/libs/simplex/src/index.js';

/**
 * @returns mixtures, losses per target, the same law without noise, and `draw(count)` for more mixtures
 */
export function syntheticRuns({ runs, domains, targets = 1, seed = 1, noise = 0.02 }) {
  const random = createRandom(seed);
  const natural = sampleDirichlet(random, new Array(domains).fill(3));
  const concentration = Array.from(natural, (weight) => 0.3 + 10 * weight);
  const draw = (count) => Array.from({ length: count }, () => sampleDirichlet(random, concentration));
  const mixtures = draw(runs);
  const laws = Array.from({ length: targets }, () => lawOf(random, domains));
  const losses = laws.map((law) => Float64Array.from(mixtures, (p) => law(p) + noise * random.normal()));
  return { mixtures, losses, laws, draw };
}

/** A mean of saturating and crossing terms: 2 + sum_k c_k exp(-(T_k . p)) + an interaction of two domains. */
function lawOf(random, domains) {
  const terms = Array.from({ length: 3 }, () => ({
    scale: 0.5 + random.uniform(),
    rates: Array.from({ length: domains }, () => 3 * random.uniform() * random.uniform()),
  }));
  const [a, b] = [random.integer(domains), random.integer(domains)];
  return (p) => {
    let loss = 2 - 0.3 * p[a] * p[b];
    for (const { scale, rates } of terms) loss += scale * Math.exp(-p.reduce((sum, w, i) => sum + w * rates[i], 0));
    return loss;
  };
}
