/** A natural share below this counts as this, so that the divergence of a domain without any stays finite: 21 nats. */
const LEAST_SHARE = 1e-9;

export function leastShare(share: number): number {
  return Math.max(share, LEAST_SHARE);
}

/** KL(p || q) = sum p log(p / q) in nats, shares of q below 1e-9 counted as 1e-9. */
export function klDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i]! > 0) sum += p[i]! * Math.log(p[i]! / leastShare(q[i]!));
  return Math.max(0, sum);
}
