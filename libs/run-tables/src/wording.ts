/** The most cells, ids or rows that a note lists by name. */
const LISTED = 5;

export function listSome(items: readonly string[]): string {
  const rest = items.length - LISTED;
  return items.slice(0, LISTED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** "1 run", "2 runs". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
