// Exit code 0 when the Redis at REDIS_URL answers within three seconds: the health check of a worker's container.
import { Redis } from 'ioredis';

const redis = new Redis(process.env.REDIS_URL ?? '', {
  lazyConnect: true,
  connectTimeout: 3_000,
  commandTimeout: 3_000,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
});
redis.on('error', () => undefined);
try {
  await redis.connect();
  await redis.ping();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  redis.disconnect();
}
