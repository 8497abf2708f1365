/**
 * What the exponent of a log-linear law is linear in: the weights, or their square roots followed by the weights.
 * A loss falls steeply with a domain's first hundredths and slowly afterwards, which a root can follow.
 */
export type Terms = 'weights' | 'roots';

export function termCount(terms: Terms, domains: number): number {
  return terms === 'weights' ? domains : 2 * domains;
}

/** Writes the terms of mixture p. A weight below 0, which rounding may leave, has root 0. */
export function writeTerms(terms: Terms, p: ArrayLike<number>, out: Float64Array): void {
  const m = p.length;
  if (terms === 'weights') for (let j = 0; j < m; j++) out[j] = p[j]!;
  else {
    for (let j = 0; j < m; j++) {
      out[j] = Math.sqrt(Math.max(0, p[j]!));
      out[m + j] = p[j]!;
    }
  }
}
