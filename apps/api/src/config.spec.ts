import { describe, expect, it } from 'vitest';
import { ConfigurationError, readApiConfig } from './config.js';

const databaseUrl = 'postgresql://u:sentinel@h/d';

describe('the environment of the API', () => {
  it('needs the database alone', () => {
    expect(readApiConfig({ DATABASE_URL: databaseUrl, REDIS_URL: '' })).toEqual({
      port: 8400,
      host: '127.0.0.1',
      databaseUrl,
      redisUrl: undefined,
      leaseSeconds: 30,
      window: 64,
      logLevel: 'info',
      docs: true,
    });
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{}, 'DATABASE_URL is not set'],
    [{ DATABASE_URL: 'mysql://u:sentinel@h/d' }, 'DATABASE_URL: must be a postgresql:// URL'],
    [{ DATABASE_URL: databaseUrl, REDIS_URL: 'http://sentinel' }, 'REDIS_URL: must be a redis:// URL'],
    [{ DATABASE_URL: databaseUrl, CUVEE_PORT: '80a' }, 'CUVEE_PORT'],
    [{ DATABASE_URL: databaseUrl, CUVEE_LEASE_SECONDS: '0' }, 'CUVEE_LEASE_SECONDS'],
    [{ DATABASE_URL: databaseUrl, CUVEE_LOG_LEVEL: 'loud' }, 'CUVEE_LOG_LEVEL'],
    [{ DATABASE_URL: databaseUrl, CUVEE_DOCS: 'yes' }, 'CUVEE_DOCS'],
  ])('refuses %o, naming the variable and no value', (environment, message) => {
    expect(() => readApiConfig(environment)).toThrow(ConfigurationError);
    try {
      readApiConfig(environment);
    } catch (error) {
      expect((error as Error).message).toContain(message);
      expect((error as Error).message).not.toContain('sentinel');
    }
  });
});
