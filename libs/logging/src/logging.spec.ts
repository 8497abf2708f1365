import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { maskUrl } from './mask-url.js';
import { nestLogger } from './nest-logger.js';

describe('maskUrl', () => {
  it('leaves out user, password and query', () => {
    expect(maskUrl('postgresql://me:s3cret@db:5432/cuvee?sslpassword=x')).toBe('postgresql://***@db:5432/cuvee');
  });
  it('shows nothing of what is not a URL', () => {
    expect(maskUrl('host=db password=s3cret')).toBe('***');
  });
});

describe('nestLogger', () => {
  it('turns the last string into the context and keeps the cause of an error', () => {
    const lines: unknown[][] = [];
    const record =
      (level: string) =>
      (...line: unknown[]) =>
        lines.push([level, ...line]);
    const logger = nestLogger({ info: record('info'), error: record('error') } as unknown as Logger);
    logger.log('started', 'NestFactory');
    const error = new Error('no');
    logger.error(error, undefined, 'Filter');
    logger.error('GET /: internal', { err: error }, 'Filter');
    expect(lines.pop()).toEqual(['error', { context: 'Filter', err: error }, 'GET /: internal']);
    expect(lines).toEqual([
      ['info', { context: 'NestFactory' }, 'started'],
      ['error', { context: 'Filter', err: error }, 'no'],
    ]);
  });
});

describe('createLogger', () => {
  it('writes to standard error and masks connection strings wherever they stand', () => {
    const program = `
      import { runnerImport } from 'vite';
      const { module } = await runnerImport(${JSON.stringify(fileURLToPath(new URL('create-logger.ts', import.meta.url)))}, { configFile: false, logLevel: 'silent' });
      const logger = module.createLogger('info', 'test');
      logger.info({ databaseUrl: 'postgresql://me:s3cret@db/x' }, 'connecting to postgresql://me:s3cret@db/x');
      logger.error({ err: new Error('redis://:s3cret@cache:6379 refused') }, 'failed');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(stderr).not.toContain('s3cret');
    expect(stderr).toContain('connecting to postgresql://***@db/x');
    expect(stderr).toContain('redis://cache:6379 refused');
  });
});
