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

  it('takes an API over HTTP in place of a queue, with a token', () => {
    const config = readWorkerConfig({ CUVEE_PULL_URL: 'https://head/cuvee', CUVEE_TOKEN: 'secret', REDIS_URL: '' });
    expect(config).toMatchObject({ pullUrl: 'https://head/cuvee', token: 'secret' });
    expect(config.redisUrl ?? config.databaseUrl).toBeUndefined();
  });

  it('names all three addresses when none is set', () => {
    expect(() => readWorkerConfig({})).toThrow(/REDIS_URL.*DATABASE_URL.*CUVEE_PULL_URL/);
  });

  it('keeps checkpoints in its home folder, once a minute, unless told otherwise', () => {
    const address = { DATABASE_URL: 'postgresql://h/d', CUVEE_HOME: '/c' };
    const standard = { place: '/c/checkpoints', everySeconds: 60, keepDays: 30 };
    expect(readWorkerConfig(address).checkpoints).toEqual(standard);
    const more = { CUVEE_CHECKPOINTS: 's3://bucket/runs', CUVEE_CHECKPOINT_SECONDS: '0', CUVEE_CHECKPOINT_DAYS: '7' };
    expect(readWorkerConfig({ ...address, ...more }).checkpoints).toEqual({
      place: 's3://bucket/runs',
      everySeconds: 0,
      keepDays: 7,
    });
  });

  it("takes its devices from its own list before CUDA's, and an empty list for none at all", () => {
    const gpus = (more: NodeJS.ProcessEnv) => readWorkerConfig({ REDIS_URL: 'redis://q', ...more }).gpus;
    expect(gpus({ CUVEE_GPUS: '2,3', CUDA_VISIBLE_DEVICES: '0' })).toEqual(['2', '3']);
    expect(gpus({ CUDA_VISIBLE_DEVICES: '0,1' })).toEqual(['0', '1']);
    expect(gpus({ CUDA_VISIBLE_DEVICES: '' })).toEqual([]);
    expect(gpus({})).toBeUndefined();
  });

  it('says of a variable that cannot be used what is allowed, once', () => {
    const of = (more: NodeJS.ProcessEnv) => () => readWorkerConfig({ CUVEE_PULL_URL: 'https://head', ...more });
    expect(of({ CUVEE_CONCURRENCY: 'two' })).toThrow(/^CUVEE_CONCURRENCY: must be a number from 1 to 64$/);
    expect(of({ CUVEE_GRACE_SECONDS: '-1' })).toThrow(/^CUVEE_GRACE_SECONDS: must be a number from 0 to 3600$/);
    expect(of({ CUVEE_PULL_URL: 'head' })).toThrow(/^CUVEE_PULL_URL: must be an http:\/\/ .* of a Cuvée API$/);
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{}, 'REDIS_URL'],
    [{ REDIS_URL: 'sentinel://x' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://sentinel', CUVEE_PULL_URL: 'https://sentinel' }, 'CUVEE_PULL_URL'],
    [{ DATABASE_URL: 'postgresql://sentinel', CUVEE_PULL_URL: 'https://sentinel' }, 'CUVEE_PULL_URL'],
    [{ CUVEE_PULL_URL: 'sentinel' }, 'CUVEE_PULL_URL'],
    [{ CUVEE_PULL_URL: 'ftp://sentinel' }, 'CUVEE_PULL_URL'],
    [{ CUVEE_PULL_URL: 'https://user:sentinel@head' }, 'CUVEE_TOKEN'],
    [{ CUVEE_PULL_URL: 'https://head', CUVEE_TOKEN: 'sentinel\n' }, 'CUVEE_TOKEN'],
    [{ REDIS_URL: 'redis://q', CUVEE_CONCURRENCY: '0' }, 'CUVEE_CONCURRENCY'],
    [{ REDIS_URL: 'redis://q', CUVEE_LOG_LEVEL: 'loud' }, 'CUVEE_LOG_LEVEL'],
    [{ REDIS_URL: 'redis://q', CUVEE_GPUS: '0;1' }, 'CUVEE_GPUS'],
    [
      { REDIS_URL: 'redis://q', CUVEE_TRAINERS: '/absent/trainers.yaml' },
      '/absent/trainers.yaml: cannot be read (ENOENT)',
    ],
    [{ REDIS_URL: 'redis://q', CUVEE_CHECKPOINTS: 'sentinel://b/p' }, 'CUVEE_CHECKPOINTS'],
    [{ REDIS_URL: 'redis://q', CUVEE_CHECKPOINTS: 's3://' }, 'CUVEE_CHECKPOINTS'],
    [{ REDIS_URL: 'redis://q', CUVEE_CHECKPOINT_SECONDS: '-1' }, 'CUVEE_CHECKPOINT_SECONDS'],
    [{ REDIS_URL: 'redis://q', CUVEE_CHECKPOINT_DAYS: '0' }, 'CUVEE_CHECKPOINT_DAYS'],
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
