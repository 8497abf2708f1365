/**
 * The least weight that a trainer can hold, where it is not what 15 decimals can: a smaller one is refused.
 * Everything else about a format is read from the format.
 */
const leastWeights: Readonly<Record<string, number>> = {
  // One sequence of the largest block, which is 32768 of them.
  levanter: 3.2e-5,
  // A row, of the thousand tokens that it has in these specs.
  'open-instruct': 2e-6,
};

/** @param wanted the least weight that a spec would like to use */
export function leastWeightOf(format: string, wanted = 1e-7): number {
  return Math.max(wanted, leastWeights[format] ?? 0);
}
