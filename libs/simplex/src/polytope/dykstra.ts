// Dykstra's alternating projections onto a polytope: the box, and each group's bounds, in turn, all of them together
// with the sum of 1 (without it the turns undo one another's sums, slowly), each after giving back what its own last
// projection took away. Converges to the projection onto the intersection, for
// Euclidean distances (Boyle and Dykstra 1986) and for KL divergences (Bauschke and Lewis 2000), where what is given
// back multiplies. Failure mode: linear convergence, slow between nearly parallel faces; it stops after `sweeps`.
import { type GroupBound, type Polytope, sumOver, violation } from './polytope.js';
import { projectEuclideanOntoBox, projectKlOntoBox } from './project-onto-box.js';

/** Enough for all but nearly parallel faces. */
const THOROUGH = 5000;
const CLOSE = 1e-11;

/** Projection of `q` onto `polytope`, up to rounding or to what the sweeps reach. */
export function dykstra(
  q: ArrayLike<number>,
  polytope: Polytope,
  distance: 'kl' | 'euclidean',
  sweeps = THOROUGH,
): Float64Array {
  const { lower, upper, groups } = polytope;
  const size = lower.length;
  const kl = distance === 'kl';
  const ontoBox = kl ? projectKlOntoBox : projectEuclideanOntoBox;
  const p = Float64Array.from(q);
  if (groups.length === 0) return ontoBox(q, lower, upper, p);
  // What each projection took away: differences, or logarithms of ratios.
  const taken = Array.from({ length: groups.length + 1 }, () => new Float64Array(size));
  const before = new Float64Array(size);
  let moved = 0;
  const turn = (own: Float64Array, apply: () => void) => {
    for (let i = 0; i < size; i++) p[i] = kl ? p[i]! * Math.exp(own[i]!) : p[i]! + own[i]!;
    before.set(p);
    apply();
    for (let i = 0; i < size; i++) {
      const [was, is] = [before[i]!, p[i]!];
      const now = kl ? (was > 0 && is > 0 ? Math.log(was / is) : 0) : was - is;
      moved = Math.max(moved, Math.abs(now - own[i]!) * (kl ? is : 1));
      own[i] = now;
    }
  };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    moved = 0;
    groups.forEach((group, g) => {
      turn(taken[g]!, () => (kl ? scaleToBounds : shiftToBounds)(p, group));
    });
    turn(taken[groups.length]!, () => ontoBox(before, lower, upper, p));
    if (moved <= CLOSE && violation(p, polytope) <= CLOSE) break;
  }
  return p;
}

/**
 * Brings `p` > 0 near the polytope, in place, by KL projections in turn: cheap, and not the nearest point.
 * Returns p.
 */
export function approach(p: Float64Array, polytope: Polytope, sweeps: number): Float64Array {
  const { lower, upper, groups } = polytope;
  const before = new Float64Array(p.length);
  for (let sweep = 0; sweep < sweeps && violation(p, polytope) > CLOSE; sweep++) {
    for (const group of groups) scaleToBounds(p, group);
    before.set(p);
    projectKlOntoBox(before, lower, upper, p);
  }
  return p;
}

/** The KL projection onto the mixtures whose sum over the group is within its bounds, in place. */
function scaleToBounds(p: Float64Array, { members, min, max }: GroupBound): void {
  const inside = sumOver(p, members);
  let total = 0;
  for (const w of p) total += w;
  if (!(total > 0)) return;
  const share = Math.min(max, Math.max(min, inside / total));
  const outside = total - inside;
  // A side without any weight has no proportions to keep.
  const others = outside > 0 ? (1 - share) / outside : 0;
  const own = inside > 0 ? share / inside : 0;
  const flat = inside > 0 ? 0 : share / members.length;
  // All as others, then the members anew: no membership to look up.
  const kept = members.map((i) => p[i]! * own + flat);
  for (let i = 0; i < p.length; i++) p[i] = p[i]! * others;
  for (let k = 0; k < members.length; k++) p[members[k]!] = kept[k]!;
}

/** The Euclidean projection onto the same. */
function shiftToBounds(p: Float64Array, { members, min, max }: GroupBound): void {
  let total = 0;
  for (const w of p) total += w;
  const even = (1 - total) / p.length;
  const inside = sumOver(p, members) + members.length * even;
  const wanted = Math.min(max, Math.max(min, inside));
  const own = even + (wanted - inside) / members.length;
  const rest = p.length - members.length;
  const others = rest > 0 ? even - (wanted - inside) / rest : even;
  const kept = members.map((i) => p[i]! + own);
  for (let i = 0; i < p.length; i++) p[i] = p[i]! + others;
  for (let k = 0; k < members.length; k++) p[members[k]!] = kept[k]!;
}
