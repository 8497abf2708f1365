/** A share of tokens as a percentage: two decimals, more where those would hide a small one. */
export function formatPercent(share: number): string {
  const percent = 100 * share;
  return `${percent === 0 || percent >= 0.1 ? percent.toFixed(2) : Number(percent.toPrecision(2))} %`;
}
