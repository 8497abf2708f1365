import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { followWarnings, warningOf } from './log-warnings.js';

describe('warningOf', () => {
  it('takes warnings and errors with their cause, and leaves the rest', () => {
    expect(warningOf('{"level":40,"msg":"slow"}')).toBe('slow');
    expect(warningOf('{"level":50,"msg":"failed","err":{"message":"disk full"}}')).toBe('failed: disk full');
    expect(warningOf('{"level":50,"msg":"disk full","err":{"message":"disk full"}}')).toBe('disk full');
    expect(warningOf('{"level":30,"msg":"fine"}')).toBeNull();
    expect(warningOf('Segmentation fault')).toBeNull();
  });
});

describe('followWarnings', () => {
  it('passes on what is written from now on, also when a line comes in two pieces', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'cuvee-log-')), 'api.log');
    writeFileSync(path, '{"level":40,"msg":"old"}\n');
    const heard: string[] = [];
    const following = followWarnings([{ name: 'api', path }], (message) => heard.push(message), { everyMs: 60_000 });
    appendFileSync(path, '{"level":30,"msg":"fine"}\n{"level":40,"ms');
    appendFileSync(path, 'g":"new"}\n');
    following.stop();
    expect(heard).toEqual(['api: new']);
  });

  it('says so when there are too many, instead of flooding the terminal', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'cuvee-log-')), 'api.log');
    writeFileSync(path, '');
    const heard: string[] = [];
    const following = followWarnings([{ name: 'api', path }], (message) => heard.push(message), {
      everyMs: 60_000,
      limit: 2,
    });
    appendFileSync(path, '{"level":40,"msg":"again"}\n'.repeat(5));
    following.stop();
    expect(heard).toEqual(['api: again', 'api: again', '3 more warnings stand in the logs']);
  });
});
