// A cap set is a vector u of upper bounds, 0 <= u_i <= 1, on the weights p. The mixtures it admits,
// { p : p_i >= 0, sum p = 1, p_i <= u_i }, are a convex set, empty exactly when sum u < 1.
import { InvalidInputError } from './invalid-input.error.js';
import { requireNumber } from './require-number.js';

const SLACK = 1e-9;

/**
 * Caps from repetition: training D tokens on weights p passes p_i D / tokens_i times over domain i, so at most
 * `maxEpochs` passes means p_i <= min(1, tokens_i * maxEpochs / D).
 * @param tokens tokens available per domain
 * @param targetTokens D, the length of the run the weights are for, in tokens
 */
export function availabilityCaps(tokens: ArrayLike<number>, targetTokens: number, maxEpochs: number): number[] {
  requireNumber('targetTokens', targetTokens, { above: 0 });
  requireNumber('maxEpochs', maxEpochs, { above: 0 });
  return Array.from(tokens, (available) => Math.min(1, (available * maxEpochs) / targetTokens));
}

export interface CapCheck {
  readonly feasible: boolean;
  /** Sum of the caps; at least 1 when some mixture satisfies them. */
  readonly total: number;
  /** How much weight no domain may take: max(0, 1 - total). */
  readonly shortfall: number;
  /** The domains whose cap is below 1, tightest first: those that bind when the set is infeasible. */
  readonly binding: string[];
}

/** Whether any mixture satisfies the caps, and which domains' caps stand in the way if none does. */
export function checkCaps(names: readonly string[], caps: ArrayLike<number>): CapCheck {
  let total = 0;
  for (let i = 0; i < names.length; i++)
    total += requireNumber(`the cap of "${names[i]}"`, caps[i]!, { min: 0, max: 1 });
  const binding = names
    .map((name, i) => ({ name, cap: caps[i]! }))
    .filter(({ cap }) => cap < 1)
    .sort((a, b) => a.cap - b.cap || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  return { feasible: total >= 1 - SLACK, total, shortfall: Math.max(0, 1 - total), binding };
}

/** Throws CAPS_INFEASIBLE, naming the binding domains and the missing weight, unless some mixture fits the caps. */
export function assertFeasibleCaps(names: readonly string[], caps: ArrayLike<number>): CapCheck {
  const check = checkCaps(names, caps);
  if (!check.feasible) {
    const listed = check.binding.map((name) => `"${name}" <= ${Number(caps[names.indexOf(name)]!.toPrecision(4))}`);
    throw new InvalidInputError(
      'CAPS_INFEASIBLE',
      `no mixture satisfies the caps: they sum to ${Number(check.total.toPrecision(6))}, ` +
        `${Number(check.shortfall.toPrecision(6))} short of 1. Binding: ${listed.join(', ')}. ` +
        'Allow more epochs, train on fewer tokens, or raise a cap',
      {
        argument: 'caps',
        value: check.total,
        allowed: 'caps that sum to at least 1',
        domains: check.binding,
        shortfall: check.shortfall,
      },
    );
  }
  return check;
}

/** The domains whose weight exceeds its cap by more than 1e-9. */
export function capViolations(weights: ArrayLike<number>, caps: ArrayLike<number>, slack = SLACK): number[] {
  const over: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i]! > caps[i]! + slack) over.push(i);
  return over;
}

/**
 * Water-filling: domains above their cap are set to it, and the weight taken from them is shared among the others
 * in proportion to their own weights, repeatedly, until none is above. If all remaining domains have weight 0 the
 * rest is shared in proportion to the caps. A mixture within the caps is returned as it is.
 * Requires a feasible cap set (see `assertFeasibleCaps`); returns weights that sum to 1 within rounding.
 */
export function fillToCaps(weights: ArrayLike<number>, caps: ArrayLike<number>): number[] {
  const out = Array.from(weights);
  const free = out.map(() => true);
  for (let pass = 0; pass <= out.length; pass++) {
    let fixed = 0;
    let mass = 0;
    let headroom = 0;
    for (let i = 0; i < out.length; i++) {
      if (free[i]) {
        mass += out[i]!;
        headroom += caps[i]!;
      } else fixed += out[i]!;
    }
    const wanted = 1 - fixed;
    if (headroom === 0) break;
    let clipped = false;
    for (let i = 0; i < out.length; i++) {
      if (!free[i]) continue;
      const share = mass > 0 ? (out[i]! / mass) * wanted : (caps[i]! / headroom) * wanted;
      if (share > caps[i]!) {
        out[i] = caps[i]!;
        free[i] = false;
        clipped = true;
      } else if (mass === 0) out[i] = share;
    }
    if (!clipped) {
      if (mass > 0 && Math.abs(mass - wanted) > 1e-15) {
        for (let i = 0; i < out.length; i++) if (free[i]) out[i] = (out[i]! / mass) * wanted;
      }
      break;
    }
  }
  return out;
}
