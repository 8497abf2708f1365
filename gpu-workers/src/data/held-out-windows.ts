/**
 * The held-out sequences that every run is measured on: `tokens / length` windows (or as many as the text has),
 * spread evenly over it. They depend on the text alone, never on a run's seed. Returns start offsets; a window at s
 * needs tokens s … s + length.
 */
export function heldOutWindows(textLength: number, length: number, tokens: number): number[] {
  const available = Math.floor((textLength - 1) / length);
  const count = Math.min(Math.max(1, Math.floor(tokens / length)), available);
  return Array.from({ length: count }, (_, i) => Math.floor((i * available) / count) * length);
}
