import { describe } from 'vitest';
import { createTestDatabase, describeQueue, skipRedis, startTestRedis } from '#libs/testing';

describeQueue('on PostgreSQL', async () => {
  const { databaseUrl, drop } = await createTestDatabase();
  return { options: { databaseUrl }, close: drop };
});

describe.skipIf(skipRedis)('with a redis-server', () => {
  describeQueue('on Redis', async () => {
    const { redisUrl, stop } = await startTestRedis();
    return { options: { redisUrl }, close: stop };
  });
});
