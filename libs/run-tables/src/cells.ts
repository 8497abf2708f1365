/** The cell's number, infinity included; NaN where it is empty or no number. */
export function toNumber(cell: string): number {
  const trimmed = cell.trim();
  if (trimmed === '') return Number.NaN;
  const [, sign] = /^([+-]?)inf(inity)?$/i.exec(trimmed) ?? [];
  if (sign !== undefined) return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(trimmed);
}

/** "7", "7.0" and " 7" are one id: tools differ in how they write whole numbers. */
export function toId(cell: string): string {
  const value = toNumber(cell);
  return Number.isSafeInteger(value) ? String(value) : cell.trim();
}

/** Whether a cell says that nothing was measured (empty, NaN, null) or that it diverged (infinity): no mistake. */
export function isDeclaredMissing(cell: string): boolean {
  return /^([+-]?(nan|inf|infinity)|null|none|n\/?a|)$/i.test(cell.trim());
}

/** Whether a cell says that nothing was measured there; NaN and infinity say that something was, and diverged. */
export function isUnmeasured(cell: string): boolean {
  return /^(null|none|n\/?a|)$/i.test(cell.trim());
}

/** How a cell that is not a usable number is spoken of. */
export function describeCell(cell: string): string {
  return cell === '' ? 'empty' : `"${cell}"`;
}
