/** One equality over the free domains: row . p_free = value, the rows orthonormal among each other. */
export interface Equality {
  readonly row: Float64Array;
  readonly value: number;
}

/**
 * The equations "the weights of `members` sum to `value`" as orthonormal rows over the `free` domains, by
 * Gram-Schmidt. Equations that follow from the others drop out.
 * @param fixed weight of every domain, read where it is not free
 */
export function orthonormalEqualities(
  free: readonly number[],
  fixed: ArrayLike<number>,
  sums: readonly { readonly members: readonly number[]; readonly value: number }[],
): Equality[] {
  const isFree = new Set(free);
  const basis: Equality[] = [];
  for (const { members, value } of sums) {
    const inside = new Set(members);
    const row = Float64Array.from(free, (i) => (inside.has(i) ? 1 : 0));
    const size = norm(row);
    let rest = value;
    for (const i of members) if (!isFree.has(i)) rest -= fixed[i]!;
    // Once more against the rounding of the first time.
    for (let round = 0; round < 2; round++) {
      for (const other of basis) {
        const along = dot(row, other.row);
        for (let k = 0; k < row.length; k++) row[k] = row[k]! - along * other.row[k]!;
        rest -= along * other.value;
      }
    }
    const left = norm(row);
    if (left > 1e-9 * Math.max(1, size)) basis.push({ row: row.map((v) => v / left), value: rest / left });
  }
  return basis;
}

/** Moves `p` by the least amount, over the free domains, that makes the equalities hold. */
export function restoreEqualities(p: Float64Array, free: readonly number[], equalities: readonly Equality[]): void {
  for (let round = 0; round < 2; round++) {
    for (const { row, value } of equalities) {
      let missing = value;
      for (let k = 0; k < free.length; k++) missing -= row[k]! * p[free[k]!]!;
      for (let k = 0; k < free.length; k++) p[free[k]!] = p[free[k]!]! + missing * row[k]!;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}
