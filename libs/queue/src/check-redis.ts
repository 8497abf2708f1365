import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';

/** Redis as it is cannot hold the queues. The message says what to change. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
}

/**
 * Refuses a Redis that may throw away jobs and their locks when its memory is full, and warns about one that forgets
 * everything when it restarts (the API then rings again; reports under way are lost and the attempts are repeated).
 */
export async function checkRedis(redisUrl: string): Promise<void> {
  const logger = new Logger('Redis');
  const { host } = new URL(redisUrl);
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let failure: Error | undefined;
  redis.on('error', (error) => {
    failure = error;
  });
  try {
    await redis.connect();
    const policy = await redis.config('GET', 'maxmemory-policy').catch(() => null);
    if (policy === null) {
      logger.warn(`Redis at ${host} does not tell its maxmemory-policy; it must be noeviction.`);
    } else if (policy[1] !== 'noeviction') {
      throw new RedisError(
        `Redis at ${host} has maxmemory-policy "${policy[1]}", under which it may evict jobs and locks. ` +
          'Set it to noeviction: redis-cli config set maxmemory-policy noeviction',
      );
    }
    if (/aof_enabled:0/.test(await redis.info('persistence'))) {
      logger.warn(`Redis at ${host} keeps no append-only file: what waits in the queue is lost when it restarts.`);
    }
  } catch (error) {
    if (error instanceof RedisError) throw error;
    throw new RedisError(`Redis at ${host} does not answer: ${(failure ?? (error as Error)).message}`, {
      cause: error,
    });
  } finally {
    redis.disconnect();
  }
}
