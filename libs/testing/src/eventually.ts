import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` gives something true, and returns that. */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  milliseconds = 15_000,
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, false | undefined | null>;
    if (Date.now() > deadline) throw new Error(`not true within ${milliseconds} ms: ${condition}`);
    await delay(20);
  }
}
