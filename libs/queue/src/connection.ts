import {
  createPostgresBackend,
  createRedisBackend,
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
type Processor = ConstructorParameters<typeof Worker>[1] & ((...parameters: never[]) => unknown);

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

/** The class that @nestjs/bullmq makes its queues of. */
export class StoredQueue extends Queue {
  constructor(name: string, options: QueueOptions) {
    super(name, options, backendFor(options.connection));
  }
}

export class StoredWorker extends Worker {
  constructor(name: string, processor: Processor, options: WorkerOptions) {
    super(name, processor, options, backendFor(options.connection));
  }
}
