// Dirichlet draws inside a cap set. RegMix draws from Dirichlet(q) and would reject what breaks a cap. With tight caps
// that keeps almost nothing: a Dirichlet of 17 domains with small concentrations is nearly one-hot, and a domain of
// 0.2% of the corpus must stay under 0.7%. And it never reaches the caps themselves, where the optimum lies whenever
// a cap binds: for a small domain, any draw that gives it much gives it too much. So a draw that breaks a cap is
// repaired instead: domains above their cap are set to it, and the excess is shared among the others by a fresh
// Dirichlet of their own concentrations, until none is above. Draws inside the caps are left alone, so loose caps
// change nothing. Any average of such samples stays inside, because the set is convex.
import { fillToCaps, type Random, sampleDirichletInto } from '#libs/simplex';

function exceeds(p: Float64Array, caps: ArrayLike<number>): boolean {
  for (let i = 0; i < p.length; i++) if (p[i]! > caps[i]!) return true;
  return false;
}

/** Draws mixtures from Dirichlet(concentration) inside feasible `caps`, counting those that needed repair. */
export class CappedDirichlet {
  repaired = 0;
  private readonly free: Float64Array;
  private readonly share: Float64Array;

  constructor(
    private readonly random: Random,
    private readonly caps: ArrayLike<number>,
  ) {
    this.free = new Float64Array(caps.length);
    this.share = new Float64Array(caps.length);
  }

  /** Writes one mixture into `out` and returns it. */
  drawInto(concentration: ArrayLike<number>, out: Float64Array): Float64Array {
    sampleDirichletInto(this.random, concentration, out);
    if (!exceeds(out, this.caps)) return out;
    this.repaired += 1;
    return this.repair(concentration, out);
  }

  private repair(concentration: ArrayLike<number>, p: Float64Array): Float64Array {
    const { caps, free, share } = this;
    // Each pass either ends or takes at least one more domain to its cap.
    for (let pass = 0; pass < p.length; pass++) {
      let excess = 0;
      let open = 0;
      for (let i = 0; i < p.length; i++) {
        if (p[i]! >= caps[i]!) {
          excess += p[i]! - caps[i]!;
          p[i] = caps[i]!;
          free[i] = 0;
        } else {
          free[i] = concentration[i]!;
          open += free[i]!;
        }
      }
      if (excess === 0) return p;
      // Only domains with no prior mass have room left: share by room instead.
      if (open === 0) break;
      sampleDirichletInto(this.random, free, share);
      for (let i = 0; i < p.length; i++) if (free[i]! > 0) p[i] = p[i]! + excess * share[i]!;
    }
    p.set(fillToCaps(p, caps));
    return p;
  }
}
