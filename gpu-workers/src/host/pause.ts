import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after so long, or at once when `cut` aborts. */
export function pause(milliseconds: number, cut: AbortSignal): Promise<void> {
  return delay(milliseconds, undefined, { signal: cut }).catch(() => undefined);
}
