/** Decimals that are counted; 15 keep the residue of 300 rounded weights below 1e-12. */
const DECIMALS = 15;
const UNIT = 10 ** DECIMALS;
/** Decimals that are always shown. */
const SHOWN = 12;

/** True for a weight that is above 0 and would be written as 0.000000000000. */
export function vanishesInPrint(weight: number): boolean {
  return weight > 0 && Math.round(weight * UNIT) === 0;
}

/**
 * Weights as fixed decimals that sum to exactly 1: each is rounded to 15 decimals, and what the rounding left over
 * goes to the largest. Never an exponent: some loaders read `1e-7` as text. At least 12 decimals, trailing zeros
 * beyond them are left out.
 * @param weights m values in [0, 1] whose sum is 1 within rounding
 */
export function fixedDecimals(weights: readonly number[]): string[] {
  const units = weights.map((weight) => Math.round(weight * UNIT));
  let largest = 0;
  for (let i = 1; i < units.length; i++) if (units[i]! > units[largest]!) largest = i;
  const total = units.reduce((sum, unit) => sum + unit, 0);
  if (units.length > 0) units[largest]! += UNIT - total;
  return units.map((unit) => {
    const digits = String(unit).padStart(DECIMALS + 1, '0');
    const decimals = digits.slice(-DECIMALS);
    const kept = decimals.replace(/0+$/, '').padEnd(SHOWN, '0');
    return `${digits.slice(0, -DECIMALS)}.${kept}`;
  });
}
