import { setTimeout as delay } from 'node:timers/promises';
import {
  createPostgresBackend,
  createRedisBackend,
  type Job,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';

/** Where the queues live: Redis when its URL is given, else the PostgreSQL database. */
export interface QueueAddress {
  redisUrl?: string | undefined;
  databaseUrl?: string | undefined;
}

type Connection = QueueOptions['connection'];

/** Connections at most, for each queue and for each consumer; a consumer on PostgreSQL has one more that listens. */
const poolSize = 3;

/** For adding and asking: what cannot be sent now fails now, and the caller's own loop tries again. */
export function producerConnection(address: QueueAddress): Connection {
  if (address.redisUrl === undefined) return postgresConnection(address.databaseUrl);
  return { url: address.redisUrl, enableOfflineQueue: false, maxRetriesPerRequest: 1, connectTimeout: 5_000 };
}

/** For consuming: waits for the server as long as it takes. */
export function consumerConnection(address: QueueAddress): Connection {
  if (address.redisUrl === undefined) return postgresConnection(address.databaseUrl);
  return { url: address.redisUrl, maxRetriesPerRequest: null, connectTimeout: 5_000 };
}

function postgresConnection(connectionString: string | undefined): Connection {
  if (connectionString === undefined) throw new TypeError('the queue needs redisUrl or databaseUrl');
  return {
    connectionString,
    // BullMQ's own tables, in a schema of their own; several processes may do this at once.
    migrate: true,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'cuvee queue',
  };
}

// BullMQ chooses between its stores by a factory, by default one for the whole process. Here each queue and worker
// takes the one that its connection is for, so that tests have both side by side.
function backendFor(connection: unknown): typeof createRedisBackend {
  const postgres = connection instanceof Object && 'connectionString' in connection;
  return (postgres ? createPostgresBackend : createRedisBackend) as typeof createRedisBackend;
}

/** A close that has nothing left to wait for but the server may take this long, in milliseconds. */
const patience = 3_000;

/** Whether a queue's connections are still wanted. */
interface Life {
  ended: boolean;
}

// BullMQ leaves the clients of a Redis that is away trying to connect for ever, also after a close.
function withLife<T extends QueueOptions | WorkerOptions>(options: T, life: Life): T {
  const retryStrategy = (times: number) => (life.ended ? null : Math.min(200 * times, 2_000));
  const redis = options.connection instanceof Object && 'url' in options.connection;
  return redis ? { ...options, connection: { ...options.connection, retryStrategy } } : options;
}

/** BullMQ's close waits for the server to say goodbye: for ever, when that is away. */
async function closeWithPatience(
  queue: { disconnect(): Promise<unknown> },
  closing: Promise<unknown>,
  life: Life,
): Promise<void> {
  const closed = closing.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([closed, delay(patience, false)]);
  life.ended = true;
  if (inTime) return;
  const disconnected = queue.disconnect().catch(() => undefined);
  await Promise.race([Promise.all([disconnected, closed]), delay(patience)]);
}

/** The class that @nestjs/bullmq makes its queues of. */
export class StoredQueue extends Queue {
  private readonly life: Life;

  constructor(name: string, options: QueueOptions) {
    const life = { ended: false };
    super(name, withLife(options, life), backendFor(options.connection));
    this.life = life;
  }

  override close(): Promise<void> {
    return closeWithPatience(this, super.close(), this.life);
  }
}

export class StoredWorker extends Worker {
  private readonly life: Life;
  private readonly handling: Set<Promise<void>>;

  constructor(name: string, processor: (job: Job) => Promise<void>, options: WorkerOptions) {
    const life = { ended: false };
    const handling = new Set<Promise<void>>();
    const tracked = async (job: Job) => {
      const handled = processor(job);
      handling.add(handled);
      await handled.finally(() => handling.delete(handled));
    };
    super(name, tracked, withLife(options, life), backendFor(options.connection));
    this.life = life;
    this.handling = handling;
  }

  /** Handlers under way may take as long as they need; the server may not. */
  override async close(): Promise<void> {
    const closed = super.close();
    while (this.handling.size > 0) await Promise.allSettled(this.handling);
    await closeWithPatience(this, closed, this.life);
  }
}
