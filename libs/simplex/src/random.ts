// Every random number of the pure libraries comes from here. Only +, *, sqrt, log and exp follow the integers of
// the generator (no pow, no trigonometry, whose last bits differ between engines), so that one seed gives one
// sequence on every machine.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { requireNumber } from './require-number.js';

export interface Random {
  /** Uniform on [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
}

/** One step of the 32-bit splitmix finaliser: nearby seeds must not give nearby first numbers. */
function mix32(value: number): number {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}

/**
 * A seeded generator (xoroshiro128+ of pure-rand). Different streams of one seed are independent: give each
 * purpose (design, folds, simulation) its own, so that drawing more for one does not change the others.
 * @param seed integer in [0, 2^53)
 * @param stream integer in [0, 2^32)
 */
export function createRandom(seed: number, stream = 0): Random {
  requireNumber('seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  requireNumber('stream', stream, { min: 0, max: 0xffffffff, integer: true });
  const low = mix32(seed >>> 0);
  const high = mix32(low ^ Math.floor(seed / 0x1_0000_0000));
  const third = mix32(high ^ stream);
  const generator = xoroshiro128plusFromState([low, high, third, mix32(third) | 1]);
  let spare: number | undefined;
  const uniform = () => uniformFloat64(generator);

  return {
    uniform,
    integer: (n) => uniformInt(generator, 0, n - 1),
    // Marsaglia's polar method: two normals per accepted pair, the second kept for the next call.
    normal() {
      if (spare !== undefined) {
        const kept = spare;
        spare = undefined;
        return kept;
      }
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const s = x * x + y * y;
        if (s > 0 && s < 1) {
          const scale = Math.sqrt((-2 * Math.log(s)) / s);
          spare = y * scale;
          return x * scale;
        }
      }
    },
  };
}

/** `count` of the integers 0 … n−1 without replacement, in random order (partial Fisher–Yates). */
export function sampleWithoutReplacement(random: Random, n: number, count: number): number[] {
  requireNumber('count', count, { min: 0, max: n, integer: true });
  const pool = Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(n - i);
    const kept = pool[i]!;
    pool[i] = pool[j]!;
    pool[j] = kept;
  }
  return pool.slice(0, count);
}
