/** Seconds as people say them: "45 s", "3 min 5 s", "2 h 10 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(2)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** "1 run", "2 runs". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share of tokens as a percentage. */
export function formatShare(weight: number): string {
  return `${(weight * 100).toFixed(2)} %`;
}

/** A loss that may be missing or a declared divergence. */
export function formatLoss(loss: number | string | null | undefined): string {
  if (loss === null || loss === undefined) return '–';
  return typeof loss === 'number' ? loss.toFixed(4) : loss;
}
