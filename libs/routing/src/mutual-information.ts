import { InvalidInputError } from '#libs/simplex';
import { requireCounts } from './require-counts.js';

/**
 * I(domain; expert) = sum_de p_de log2(p_de / (p_d p_e)) in bits, p_de = loads[d][e] over the sum of all: what the
 * expert of a token tells of its domain. From 0 (all domains routed alike) to log2 of the smaller of both numbers.
 * It is the plug-in estimate, which is too high by about (D - 1)(E - 1) / (2 tokens ln 2): count many tokens.
 * @param loads [D][E], the choices of each domain's tokens
 * @throws InvalidInputError (code 'loads') for rows of unequal length, a load that is no count, or when all are 0
 */
export function mutualInformation(loads: readonly (readonly number[])[]): number {
  const experts = loads[0]?.length ?? 0;
  const ragged = loads.find((row) => row.length !== experts);
  if (ragged) {
    const details = { argument: 'loads', value: ragged.length, allowed: `${experts}` };
    throw new InvalidInputError('loads', `every domain needs ${experts} loads, one has ${ragged.length}`, details);
  }
  requireCounts(loads.flat());
  const ofDomain = loads.map((row) => row.reduce((sum, count) => sum + count, 0));
  const ofExpert = Array.from({ length: experts }, (_, e) => loads.reduce((sum, row) => sum + row[e]!, 0));
  const total = ofDomain.reduce((sum, count) => sum + count, 0);
  let nats = 0;
  for (const [d, row] of loads.entries()) {
    for (const [e, count] of row.entries()) {
      if (count > 0) nats += (count / total) * Math.log((count * total) / (ofDomain[d]! * ofExpert[e]!));
    }
  }
  // Rounding can leave a negative zero-ish sum where domains are alike.
  return Math.max(0, nats / Math.LN2);
}
