import { InvalidInputError } from '#libs/simplex';
import type { PlannedPhase } from '../../format.js';

/** Levanter's own. */
const DEFAULT = 2048;
/** Levanter packs the place in a block into 16 bits. */
const MOST = 65_535;
const LARGEST_POWER = 32_768;
/** Sequences of a block that the least weight should get, so that rounding down takes at most a ninth of it. */
const WANTED = 8;

function leastWeight(phases: readonly PlannedPhase[]): number {
  return Math.min(
    ...phases.flatMap(({ entries }) => entries.map(({ weight }) => weight).filter((weight) => weight > 0)),
  );
}

/** The power of two from 2048 to 32768 that gives the least weight eight sequences of a block, or the largest. */
export function chooseBlockSize(phases: readonly PlannedPhase[]): number {
  const least = leastWeight(phases);
  let block = DEFAULT;
  while (block * least < WANTED && block < LARGEST_POWER) block *= 2;
  return block;
}

/**
 * Throws InvalidInputError WEIGHT_BELOW_RESOLUTION for domains that would get no sequence of a block, and EXPORT_OPTION for
 * a block that Levanter refuses.
 */
export function assertBlockHolds(phases: readonly PlannedPhase[], block: number): void {
  if (block > MOST) {
    throw new InvalidInputError(
      'EXPORT_OPTION',
      `the option "blockSize" must be a whole number from 1 to ${MOST}; got ${block}`,
      { argument: 'blockSize', value: block, allowed: `[1, ${MOST}]` },
    );
  }
  // Levanter divides by the sum of the weights, which may be off 1 in the last bits.
  const gets = (weight: number) => Math.trunc(weight * block * (1 - 1e-12));
  const lost = phases.flatMap(({ entries }) =>
    entries.filter(({ text, weight }) => weight > 0 && gets(Number(text)) < 1),
  );
  if (lost.length === 0) return;
  const domains = [...new Set(lost.map(({ domain }) => domain))];
  const names = domains.map((domain) => `"${domain}"`).join(', ');
  const least = Math.min(...lost.map(({ weight }) => weight));
  throw new InvalidInputError(
    'WEIGHT_BELOW_RESOLUTION',
    `Levanter would never draw from ${names}: a block of ${block} sequences holds whole sequences of each domain, and a ` +
      `weight of ${least} is less than one. Give each domain at least ${(1 / LARGEST_POWER).toPrecision(2)}, or 0` +
      (block < LARGEST_POWER ? `, or a larger block with the option "blockSize"` : ''),
    { argument: 'weights', value: least, allowed: `0 or [${1 / block}, 1]`, domains },
  );
}
