import { describe, expect, it } from 'vitest';
import { ConfigurationError, readWorkerConfig } from './config.js';

describe('the environment of a worker', () => {
  it('takes Redis before the database, and never both', () => {
    const config = readWorkerConfig({ REDIS_URL: 'redis://q', DATABASE_URL: 'postgresql://u:p@h/d', CUVEE_HOME: '/c' });
    expect(config).toMatchObject({ redisUrl: 'redis://q', dataRoot: '/c/data', workDir: '/c/work', concurrency: 1 });
    expect(config.databaseUrl).toBeUndefined();
    expect(readWorkerConfig({ DATABASE_URL: 'postgresql://h/d', CUVEE_DATA: '/texts' })).toMatchObject({
      databaseUrl: 'postgresql://h/d',
      dataRoot: '/texts',
    });
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{}, 'REDIS_URL'],
    [{ REDIS_URL: 'sentinel://x' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://q', CUVEE_CONCURRENCY: '0' }, 'CUVEE_CONCURRENCY'],
    [{ REDIS_URL: 'redis://q', CUVEE_LOG_LEVEL: 'loud' }, 'CUVEE_LOG_LEVEL'],
  ])('refuses %o, naming the variable and no value', (environment, name) => {
    let message = '';
    try {
      readWorkerConfig(environment);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      message = (error as Error).message;
    }
    expect(message).toContain(name);
    expect(message).not.toContain('sentinel');
  });
});
