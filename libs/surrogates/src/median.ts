/** The median; of an even number of values the upper of the two in the middle. */
export function medianOf(values: ArrayLike<number>): number {
  return Float64Array.from(values).sort()[values.length >> 1]!;
}
