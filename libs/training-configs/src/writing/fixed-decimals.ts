/** Decimals that are counted; 15 keep the residue of 300 rounded weights below 1e-12. */
const DECIMALS = 15;
const UNIT = 10 ** DECIMALS;
/** Decimals that are always shown. */
const SHOWN = 12;

/** True for an amount that is above 0 and would be written as 0.000000000000. */
export function vanishesInPrint(amount: number): boolean {
  return amount > 0 && Math.round(amount * UNIT) === 0;
}

/**
 * Shares as fixed decimals that sum to exactly 1: each is rounded to 15 decimals, and what the rounding left over
 * goes to the largest. Never an exponent: some loaders read `1e-7` as text. At least 12 decimals, trailing zeros
 * beyond them are left out.
 * @param shares m values in [0, 1] whose sum is 1 within rounding
 */
export function fixedDecimals(shares: readonly number[]): string[] {
  const units = shares.map((share) => Math.round(share * UNIT));
  let largest = 0;
  for (let i = 1; i < units.length; i++) if (units[i]! > units[largest]!) largest = i;
  const total = units.reduce((sum, unit) => sum + unit, 0);
  if (units.length > 0) units[largest]! += UNIT - total;
  return units.map((unit) => {
    const digits = String(unit).padStart(DECIMALS + 1, '0');
    return shortened(digits.slice(0, -DECIMALS), digits.slice(-DECIMALS));
  });
}

/**
 * An amount of any size as fixed decimals, never an exponent: at least 12 of them, and as many as fifteen digits take,
 * for a small part of a vast domain must not be cut short. Above 1e21 it is no number of passes.
 */
export function fixedDecimal(amount: number): string {
  const exponent = Number(amount.toExponential().split('e')[1]);
  const [whole, decimals] = amount.toFixed(Math.min(100, Math.max(DECIMALS, DECIMALS - 1 - exponent))).split('.');
  return shortened(whole!, decimals!);
}

function shortened(whole: string, decimals: string): string {
  return `${whole}.${decimals.replace(/0+$/, '').padEnd(SHOWN, '0')}`;
}
