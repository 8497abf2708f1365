import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestRedis {
  redisUrl: string;
  /** FLUSHALL: what a restart without persistence loses. Answers how many keys there were. */
  flush(): Promise<number>;
  stop(): Promise<void>;
}

/** Whether the tests on Redis are to be left out: only where somebody asked for that. */
export const skipRedis = process.env.CUVEE_SKIP_REDIS === '1';

/** A redis-server of its own that writes nothing to disk, on a free port unless the settings name one. */
export async function startTestRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const port = settings.port ?? (await freePort());
  const all = { save: '', appendonly: 'no', 'maxmemory-policy': 'noeviction', bind: '127.0.0.1', ...settings };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn('redis-server', ['--port', String(port), ...words], { stdio: 'ignore', cwd: '/' });
  await started(server);
  const redisUrl = `redis://127.0.0.1:${port}`;
  await answers(redisUrl, server);
  return {
    redisUrl,
    flush: () => flush(redisUrl),
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
    },
  };
}

async function started(server: ChildProcess): Promise<void> {
  try {
    await once(server, 'spawn');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      'These tests need the program redis-server (Debian and Ubuntu: apt-get install redis-server; macOS: brew install ' +
        'redis). To leave them out: CUVEE_SKIP_REDIS=1.',
    );
  }
}

async function answers(redisUrl: string, server: ChildProcess): Promise<void> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  try {
    const exit = once(server, 'exit').then(() => {
      throw new Error('redis-server ended at its start');
    });
    exit.catch(() => undefined);
    await Promise.race([redis.ping(), exit, delay(10_000, null, { ref: false })]);
  } finally {
    redis.disconnect();
  }
}

async function flush(redisUrl: string): Promise<number> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(redisUrl);
  try {
    const keys = await redis.dbsize();
    await redis.flushall();
    return keys;
  } finally {
    redis.disconnect();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
