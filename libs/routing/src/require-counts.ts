import { InvalidInputError } from '#libs/simplex';

/** @throws InvalidInputError unless counts are finite, none is below 0 and some are above */
export function requireCounts(counts: readonly number[]): void {
  const wrong = counts.find((count) => !(Number.isFinite(count) && count >= 0));
  const [value, allowed] = wrong !== undefined ? [wrong, 'numbers from 0 on'] : [counts, 'at least one above 0'];
  if (wrong === undefined && counts.some((count) => count > 0)) return;
  throw new InvalidInputError('loads', `loads must be ${allowed}, got ${JSON.stringify(value)}`, {
    ...{ argument: 'loads', value, allowed },
  });
}
