import { describe, expect, it } from 'vitest';
import { checkProbabilities } from './probabilities.js';
import type { Finding } from './reading.js';

function check(p: readonly (number | null)[], ends: 'one' | 'all' = 'all') {
  const findings: Finding[] = [];
  checkProbabilities(p, 'p', ends, { level: 'error', message: 'never ends' }, findings);
  return findings.map(({ level, message }) => `${level}: ${message}`);
}

describe('checkProbabilities', () => {
  // Asked of numpy 2.4.6: default_rng(0).choice(2, p=[0.5, 0.5 + off]).
  it.each([
    [0, []],
    [5e-10, []],
    [1.4e-8, [expect.stringMatching(/^note: sums to 1\.000000014/)]],
    [1.6e-8, [expect.stringMatching(/^error: sums to 1\.000000016/)]],
    [-1.4e-8, [expect.stringMatching(/^note/)]],
    [-1.6e-8, [expect.stringMatching(/^error/)]],
  ])('takes a sum that is off by %f as numpy does', (off, expected) => {
    expect(check([0.5, 0.5 + off])).toEqual(expected);
  });

  it('adds up many small values without losing any', () => {
    expect(check(new Array(100_000).fill(1e-5))).toEqual([]);
  });

  it('names what numpy refuses first', () => {
    expect(check([1.5, -0.5])).toEqual([expect.stringContaining('holds -0.5')]);
    expect(check([Number.NaN, 1])).toEqual([expect.stringContaining('not finite')]);
  });

  it('says what a probability of 0 does', () => {
    expect(check([1, 0])).toEqual(['error: holds 0: never ends']);
    expect(check([1, 0], 'one')).toEqual([expect.stringMatching(/^warning: .*never drawn/)]);
  });

  it('leaves alone what was no number', () => {
    expect(check([null, 0.1])).toEqual([]);
  });
});
