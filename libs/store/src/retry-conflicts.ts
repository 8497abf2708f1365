import { setTimeout as delay } from 'node:timers/promises';

const trials = 6;

/** Serialization failure and deadlock, as PostgreSQL, the adapter and Prisma name them. */
const conflictCodes = new Set(['40001', '40P01', 'P2034', 'TransactionWriteConflict']);

/** Whether two transactions got into each other's way: nothing of this one was kept, and it may simply run again. */
export function isConflict(error: unknown): boolean {
  return hasCode(error, conflictCodes);
}

/** Whether an error, or what caused it, has one of these codes, wherever the adapter and Prisma put it. */
export function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  for (let current = error, depth = 0; current instanceof Object && depth < 5; depth++) {
    const { code, kind, originalCode, meta, cause } = current as Record<string, unknown>;
    const inner = meta instanceof Object ? (meta as Record<string, unknown>) : {};
    if ([code, originalCode, kind, inner.code].some((value) => codes.has(String(value)))) return true;
    current = cause ?? inner.driverAdapterError;
  }
  return false;
}

/** Runs `work` again after a conflict, a few times, with a random wait that doubles from 10 ms. */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let trial = 1; ; trial++) {
    try {
      return await work();
    } catch (error) {
      if (trial === trials || !isConflict(error)) throw error;
      await delay(10 * 2 ** (trial - 1) * (0.5 + Math.random()));
    }
  }
}
