// Dirichlet draws inside constraints. With tight limits rejection keeps almost nothing: a Dirichlet of 17 domains with
// small concentrations is nearly one-hot, and a domain of 0.2% of the corpus must stay under 0.7%. And it never
// reaches the limits themselves, where the optimum lies whenever one binds. So a draw is made above the lower bounds,
//   p = lower + (1 - sum lower) x,   x from Dirichlet(concentration),
// and repaired where it breaks an upper bound: domains above theirs are set to it, and the excess is shared among the
// others by a fresh Dirichlet of their own concentrations, until none is above. Then, where a group's bound is broken,
// the draw is brought inside by KL projections, which keep the proportions within the group and outside it. Draws that
// break nothing are left alone, so loose limits change nothing, and any average of draws stays inside: the set is
// convex.
import { sampleDirichletInto } from '../dirichlet.js';
import type { Random } from '../random.js';
import type { FeasibleSet } from './feasible-set.js';
import { projectKlOntoBox } from './project-onto-box.js';

/** A weight of exactly 0 cannot be scaled up to meet a group's minimum. */
const TRACE = 1e-12;

/** Draws mixtures of a set around Dirichlet(concentration), counting those that needed repair. */
export class PolytopeSampler {
  repaired = 0;
  private readonly open: Float64Array;
  private readonly share: Float64Array;
  /** What is left to share out above the lower bounds. */
  private readonly mass: number;

  constructor(
    private readonly random: Random,
    private readonly set: FeasibleSet,
  ) {
    this.open = new Float64Array(set.size);
    this.share = new Float64Array(set.size);
    this.mass = set.polytope.lower.reduce((left, l) => left - l, 1);
  }

  /** Writes one mixture into `out` and returns it. */
  drawInto(concentration: ArrayLike<number>, out: Float64Array): Float64Array {
    const { set, mass } = this;
    const { lower, upper, groups } = set.polytope;
    sampleDirichletInto(this.random, concentration, out);
    let over = false;
    for (let i = 0; i < out.length; i++) {
      if (mass < 1) out[i] = lower[i]! + mass * out[i]!;
      if (out[i]! > upper[i]!) over = true;
    }
    if (over) this.shareExcess(concentration, out);
    const outside = groups.length > 0 && !set.contains(out);
    if (outside) {
      for (let i = 0; i < out.length; i++) out[i] = Math.max(out[i]!, TRACE);
      set.bringInside(out);
    }
    if (over || outside) this.repaired += 1;
    return out;
  }

  private shareExcess(concentration: ArrayLike<number>, p: Float64Array): void {
    const { open, share } = this;
    const { lower, upper } = this.set.polytope;
    // Each pass either ends or takes at least one more domain to its upper bound.
    for (let pass = 0; pass < p.length; pass++) {
      let excess = 0;
      let room = 0;
      for (let i = 0; i < p.length; i++) {
        if (p[i]! >= upper[i]!) {
          excess += p[i]! - upper[i]!;
          p[i] = upper[i]!;
          open[i] = 0;
        } else {
          open[i] = concentration[i]!;
          room += open[i]!;
        }
      }
      if (excess === 0) return;
      // Only domains with no prior mass have room left: they share by room.
      if (room === 0) break;
      sampleDirichletInto(this.random, open, share);
      for (let i = 0; i < p.length; i++) if (open[i]! > 0) p[i] = p[i]! + excess * share[i]!;
    }
    projectKlOntoBox(Float64Array.from(p), lower, upper, p);
  }
}
