import { describe, expect, it } from 'vitest';
import { parseMegatron } from './parse.js';

const blend = (content: string) => () => parseMegatron([{ path: 'blend.txt', content }]);
const split = (content: unknown) => () =>
  parseMegatron([
    { path: 'blend.per-split.json', content: typeof content === 'string' ? content : JSON.stringify(content) },
  ]);

describe('parseMegatron', () => {
  it('reads a blend however its words are spread over lines', () => {
    expect(blend(' 0.7\t/a\n\n/ignored'.replace('/ignored', '0.3 /b'))()['blend.txt']!.train).toEqual([
      { key: '/a', weight: 0.7 },
      { key: '/b', weight: 0.3 },
    ]);
  });

  it('reads lists of numbers, lists of words and one string alike', () => {
    const expected = [
      { key: '/a', weight: 0.7 },
      { key: '/b', weight: 0.3 },
    ];
    for (const train of [[0.7, '/a', 0.3, '/b'], ['0.7', '/a', '0.3', '/b'], '0.7 /a 0.3 /b']) {
      expect(split({ train, valid: ['/v'], test: null })()['blend.per-split.json']).toEqual({
        train: expected,
        valid: [{ key: '/v', weight: null }],
        test: null,
      });
    }
  });

  it.each([
    ['a missing weight, which the trainer takes for an unweighted list', '0.7 /a x /b'],
    ['a blank inside a path, which the trainer takes for an unweighted list', '0.7 /my dir 0.3 /b'],
    ['an odd number of words', '0.7 /a 0.3'],
    ['a weight of 0', '0.0 /a 1.0 /b'],
    ['a negative weight', '-0.5 /a 1.5 /b'],
    ['an exponent', '1e-7 /a 0.9999999 /b'],
    ['a prefix that reads as a number', '0.5 17 0.5 /b'],
    ['a prefix twice', '0.5 /a 0.5 /a'],
    ['a file name', '0.5 /a.bin 0.5 /b'],
    ['nothing', ''],
  ])('refuses %s', (_, content) => {
    expect(blend(content)).toThrow('not what the trainer reads');
  });

  it.each([
    ['a missing split', { train: ['1.0', '/a'], valid: null }],
    ['a split called validation', { train: ['1.0', '/a'], validation: null, test: null }],
    ['no training data', { train: null, valid: null, test: null }],
    ['a weight in the validation split', { train: ['1.0', '/a'], valid: ['1.0', '/v'], test: null }],
    ['a list', [1]],
  ])('refuses %s', (_, content) => {
    expect(split(content)).toThrow('not what the trainer reads');
  });
});
