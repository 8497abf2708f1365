import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Store } from '#libs/sweeps';
import { PrismaClient } from './generated/client.js';
import { PrismaStore } from './prisma-store.js';

export interface StoreOptions {
  databaseUrl: string;
  /** Connections at most; the queue has a few of its own. */
  poolSize?: number;
  /** Told when an idle connection breaks, as it does when the server stops. The pool goes on without it. */
  onPoolError?: (error: Error) => void;
}

export interface OpenStore {
  store: Store;
  /** Queries after this throw. */
  close(): Promise<void>;
}

/** Milliseconds. Without limits a lost server or a forgotten transaction would hold callers for ever. */
const limits = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 30_000,
  lock_timeout: 15_000,
  idle_in_transaction_session_timeout: 30_000,
};

/** Opens no connection yet: the first query does. */
export function createStore({ databaseUrl, poolSize = 10, onPoolError = () => undefined }: StoreOptions): OpenStore {
  // The pool is ours: given a connection string, Prisma opens a new pool for a query that comes after the disconnect,
  // and nobody closes that one.
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    keepAlive: true,
    application_name: 'cuvee store',
    ...limits,
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { onPoolError }) });
  // Between two connects the adapter does not listen, and an error that nobody hears ends the process.
  pool.on('error', () => undefined);
  let closing: Promise<void> | undefined;
  return {
    store: new PrismaStore(prisma),
    close: () => {
      closing ??= prisma.$disconnect().then(() => pool.end());
      return closing;
    },
  };
}
