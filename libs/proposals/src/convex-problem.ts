import { leastShare } from './kl-divergence.js';

/** c + exp(b + t . p). */
export interface LogLinearTerm {
  readonly c: number;
  readonly b: number;
  readonly t: ArrayLike<number>;
  /** v >= 0, what it is multiplied by in the objective. */
  readonly share: number;
}

export interface ConvexProblem {
  readonly terms: readonly LogLinearTerm[];
  readonly combine: 'weighted-mean' | 'worst-case';
  readonly klStrength: number;
  readonly prior: ArrayLike<number>;
}

export function powerAt({ b, t }: LogLinearTerm, p: ArrayLike<number>): number {
  let power = b;
  for (let i = 0; i < p.length; i++) power += t[i]! * p[i]!;
  return power;
}

/** F at a mixture: what exact-log-linear.ts minimises. */
export function convexObjective({ terms, combine, klStrength, prior }: ConvexProblem, p: ArrayLike<number>): number {
  let value = combine === 'worst-case' ? -Infinity : 0;
  for (const term of terms) {
    const loss = term.share * (term.c + Math.exp(powerAt(term, p)));
    value = combine === 'worst-case' ? Math.max(value, loss) : value + loss;
  }
  if (klStrength > 0) {
    for (let i = 0; i < p.length; i++) {
      if (p[i]! > 0) value += klStrength * p[i]! * Math.log(p[i]! / leastShare(prior[i]!));
    }
  }
  return value;
}
