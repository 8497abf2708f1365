// RegMix's proxy mixtures (Liu et al. 2024; sail-sg/regmix, mixture_config/synthesize_mixture.py).
//   q  prior, m token shares        q' = q^temperature / sum
//   u  caps, u_i = min(maximumUsage q_i, 1), with the untempered prior, intersected with the caller's caps
// One candidate: a strength s drawn from 15 log-spaced values, p ~ Dirichlet(s q'); rejected if any p_i > u_i.
// (RegMix draws one mixture per strength and keeps one of them at random, which is the same distribution.)
// Weights under the floor become 0, the rest is renormalised and rounded to a multiple of the floor. RegMix leaves
// the rounding error in the sum; here it goes to the largest weight that has room, so every mixture sums to exactly
// 1, and the caps hold after rounding as well as before. Failure modes: caps that reject nearly every candidate, or
// that admit too few distinct mixtures.
import { assertFeasibleCaps } from './caps.js';
import { sampleDirichletInto } from './dirichlet.js';
import { l1Distance } from './distance.js';
import { InvalidInputError } from './invalid-input.error.js';
import { temperPrior } from './prior.js';
import { createRandom, type Random, sampleWithoutReplacement } from './random.js';
import { requireNumber } from './require-number.js';
import { normaliseWeights } from './weights.js';

export interface RegmixDesignOptions {
  /** Token shares of the m domains; must sum to 1 within 0.005. */
  readonly prior: readonly number[];
  /** Names used in messages; default "domain 1" … "domain m". */
  readonly domains?: readonly string[];
  /** Mixtures wanted. */
  readonly runs: number;
  readonly seed: number;
  /** Exponent on the prior; below 1 flattens it. Default 0.5. */
  readonly temperature?: number;
  /** Smallest and largest Dirichlet strength. Defaults 0.1 and 5. */
  readonly minStrength?: number;
  readonly maxStrength?: number;
  /** Number of log-spaced strengths. Default 15. */
  readonly strengths?: number;
  /** A domain takes at most this many times its prior share. Default 15. */
  readonly maximumUsage?: number;
  /** Weights under this become 0; also the rounding grid. 0 neither floors nor rounds. Default 2e-4. */
  readonly minimumWeight?: number;
  /** Upper bounds per domain, for example from `availabilityCaps`. */
  readonly caps?: readonly number[];
  /** Candidates tried per mixture wanted. Default 100. */
  readonly sampleMultiplier?: number;
}

const DUPLICATE_L1 = 1e-5;
const SLACK = 1e-9;

/** `count` values from min to max, equally spaced in logarithm. */
export function logSpaced(min: number, max: number, count: number): number[] {
  const low = Math.log(min);
  const step = count > 1 ? (Math.log(max) - low) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => Math.exp(low + i * step));
}

/** The index of the largest weight that can change by `residue` and stay within [0, cap], or -1. */
function largestWithRoom(weights: Float64Array, caps: readonly number[], residue: number): number {
  let best = -1;
  for (let i = 0; i < weights.length; i++) {
    const moved = weights[i]! + residue;
    if (weights[i]! > 0 && moved >= 0 && moved <= caps[i]! && (best < 0 || weights[i]! > weights[best]!)) best = i;
  }
  return best;
}

/** Floors, renormalises and rounds `p` in place; false when no domain can take the rounding residue. */
function roundToGrid(p: Float64Array, grid: number, caps: readonly number[]): boolean {
  let kept = 0;
  for (let i = 0; i < p.length; i++) {
    if (p[i]! < grid) p[i] = 0;
    kept += p[i]!;
  }
  if (kept === 0) return false;
  // 394 / 5000 is the number nearest to 0.0788; 394 * 2e-4 prints as 0.07880000000000001.
  const perUnit = Math.round(1 / grid);
  const whole = Math.abs(perUnit * grid - 1) < 1e-12;
  for (let i = 0; i < p.length; i++) {
    const cap = caps[i]!;
    if (grid === 0) continue;
    const nearest = Math.round(p[i]! / kept / grid);
    const steps = nearest * grid > cap + SLACK ? Math.floor(cap / grid + SLACK) : nearest;
    p[i] = whole ? steps / perUnit : steps * grid;
  }
  // Adding the residue can itself round, so it is repeated until the sum, taken in order, is exactly 1.
  for (let pass = 0; pass < 8; pass++) {
    let sum = 0;
    for (let i = 0; i < p.length; i++) sum += p[i]!;
    if (sum === 1) return true;
    const taker = largestWithRoom(p, caps, 1 - sum);
    if (taker < 0) return false;
    p[taker] = p[taker]! + (1 - sum);
  }
  return false;
}

function compareRows(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

interface Candidates {
  readonly accepted: Float64Array[];
  readonly tries: number;
  /** Rejections by the domain that exceeded its cap by most. */
  readonly rejections: Int32Array;
}

function drawCandidates(
  random: Random,
  tempered: readonly number[],
  strengths: readonly number[],
  caps: readonly number[],
  grid: number,
  tries: number,
): Candidates {
  const m = tempered.length;
  const concentrations = strengths.map((s) => Float64Array.from(tempered, (q) => q * s));
  const accepted: Float64Array[] = [];
  const rejections = new Int32Array(m);
  for (let t = 0; t < tries; t++) {
    const p = sampleDirichletInto(random, concentrations[random.integer(strengths.length)]!, new Float64Array(m));
    let worst = -1;
    let excess = 0;
    for (let i = 0; i < m; i++) {
      const over = p[i]! - caps[i]!;
      if (over > excess) {
        excess = over;
        worst = i;
      }
    }
    if (worst >= 0) rejections[worst] = rejections[worst]! + 1;
    else if (roundToGrid(p, grid, caps)) accepted.push(p);
  }
  return { accepted, tries, rejections };
}

function tooFew(distinct: number, runs: number, drawn: Candidates, names: readonly string[], caps: readonly number[]) {
  const most = drawn.rejections.indexOf(Math.max(...drawn.rejections));
  const counted = `${distinct} distinct mixtures out of ${drawn.tries} candidates, ${runs} wanted`;
  if (drawn.rejections[most] === 0) {
    return new InvalidInputError('DESIGN_EXHAUSTED', `the domains and the rounding grid admit only ${counted}`, {
      argument: 'runs',
      value: runs,
      allowed: `[1, ${distinct}]`,
    });
  }
  const name = names[most]!;
  const share = drawn.rejections[most]! / drawn.tries;
  return new InvalidInputError(
    'DESIGN_EXHAUSTED',
    `the caps leave only ${counted}. "${name}" rejects most: its cap of ${Number(caps[most]!.toPrecision(4))} ` +
      `rejects ${(100 * share).toFixed(1)}% of the candidates. Raise that cap (more epochs, fewer target tokens, ` +
      'larger maximumUsage), raise minStrength, or ask for fewer runs',
    {
      argument: 'caps',
      value: caps[most],
      domains: [name],
      rejectedShare: share,
      distinct,
      allowed: `(${caps[most]}, 1]`,
    },
  );
}

/**
 * `runs` distinct mixtures of m domains, each within the caps and summing to exactly 1.
 * Throws CAPS_INFEASIBLE when no mixture satisfies the caps and DESIGN_EXHAUSTED, naming the domain that rejects
 * most candidates, when too few are found.
 */
export function regmixDesign(options: RegmixDesignOptions): number[][] {
  const names = options.domains ?? options.prior.map((_, i) => `domain ${i + 1}`);
  const prior = normaliseWeights(names, options.prior).weights;
  const runs = requireNumber('runs', options.runs, { min: 1, integer: true });
  const minStrength = requireNumber('minStrength', options.minStrength ?? 0.1, { above: 0 });
  const maxStrength = requireNumber('maxStrength', options.maxStrength ?? 5, { min: minStrength });
  const strengths = requireNumber('strengths', options.strengths ?? 15, { min: 1, integer: true });
  const usage = requireNumber('maximumUsage', options.maximumUsage ?? 15, { above: 0 });
  const grid = requireNumber('minimumWeight', options.minimumWeight ?? 2e-4, { min: 0, max: 0.1 });
  const multiplier = requireNumber('sampleMultiplier', options.sampleMultiplier ?? 100, { min: 1, integer: true });
  if (options.caps && options.caps.length !== prior.length) {
    throw new InvalidInputError('SHAPE', `${prior.length} domains but ${options.caps.length} caps`, {
      argument: 'caps',
      value: options.caps.length,
      allowed: `${prior.length} values`,
    });
  }
  if (options.caps) assertFeasibleCaps(names, options.caps);
  const caps = prior.map((q, i) => Math.min(usage * q, 1, options.caps?.[i] ?? 1));
  assertFeasibleCaps(names, caps);

  const random = createRandom(options.seed);
  const tempered = temperPrior(prior, options.temperature ?? 0.5);
  const drawn = drawCandidates(
    random,
    tempered,
    logSpaced(minStrength, maxStrength, strengths),
    caps,
    grid,
    multiplier * runs,
  );
  const distinct: Float64Array[] = [];
  for (const row of drawn.accepted.sort(compareRows)) {
    const last = distinct.at(-1);
    if (!last || l1Distance(last, row) > DUPLICATE_L1) distinct.push(row);
  }
  if (distinct.length < runs) throw tooFew(distinct.length, runs, drawn, names, caps);
  return sampleWithoutReplacement(random, distinct.length, runs).map((i) => Array.from(distinct[i]!));
}
