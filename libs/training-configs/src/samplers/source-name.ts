import type { SourceStock } from './draws.js';

/** How a remark calls a source: its domain, or its place in the file where that is not known. */
export function sourceName(stock: readonly SourceStock[], index: number): string {
  const domain = stock[index]?.domain;
  return domain === undefined ? `source ${index + 1}` : `"${domain}"`;
}
