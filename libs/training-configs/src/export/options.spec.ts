import { describe, expect, it } from 'vitest';
import { type OptionDescriptions, readOptions } from './options.js';

const described: OptionDescriptions = {
  path: { kind: 'text', description: 'p' },
  names: { kind: 'list', description: 'n' },
  steps: { kind: 'integer', description: 's' },
  share: { kind: 'number', description: 's' },
  rule: { kind: 'choice', description: 'r', choices: ['first', 'all'], default: 'all' },
  shuffle: { kind: 'flag', description: 's', default: true },
};

const read = (given: Parameters<typeof readOptions>[2]) => readOptions('trainer', described, given);

describe('readOptions', () => {
  it('reads values as a program gives them, and as a shell does', () => {
    for (const values of [
      read({ path: '/a', names: ['x', 'y'], steps: 10, share: 0.5, rule: 'first', shuffle: false }),
      read({ path: '/a', names: ['x', 'y'], steps: '10', share: '0.5', rule: 'first', shuffle: 'false' }),
    ]) {
      expect([values.text('path'), values.list('names'), values.number('steps'), values.number('share')]).toEqual([
        '/a',
        ['x', 'y'],
        10,
        0.5,
      ]);
      expect([values.text('rule'), values.flag('shuffle')]).toEqual(['first', false]);
    }
  });

  it('fills in what was not given, and leaves out what has no default', () => {
    const values = read({ path: undefined });
    expect([values.text('rule'), values.flag('shuffle'), values.number('draws')]).toEqual(['all', true, 10_000]);
    expect([values.text('path'), values.list('names'), values.number('steps')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes one text for a list of one', () => {
    expect(read({ names: 'x' }).list('names')).toEqual(['x']);
  });

  it('answers only in the kind that was asked for', () => {
    const values = read({ path: '/a', steps: 3 });
    expect([values.number('path'), values.list('path'), values.text('steps'), values.flag('steps')]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
  });

  it.each([
    [{ pth: '/a' }, 'the format "trainer" has no option "pth"; it has targetTokens, maxEpochs'],
    [{ toString: 'x' }, 'has no option "toString"'],
    [{ path: '' }, 'the option "path" must be one text, not empty; got ""'],
    [{ names: [] }, 'the option "names" must be a list of texts; got []'],
    [{ steps: '1e400' }, 'the option "steps" must be a whole number above 0'],
    [{ steps: 1.5 }, 'the option "steps" must be a whole number above 0; got 1.5'],
    [{ steps: ' ' }, 'the option "steps" must be a whole number above 0'],
    [{ share: 0 }, 'the option "share" must be a number above 0; got 0'],
    [{ rule: 'last' }, 'the option "rule" must be one of first, all; got "last"'],
    [{ shuffle: 'yes' }, 'the option "shuffle" must be true or false; got "yes"'],
    [{ draws: 0 }, 'the option "draws" must be a whole number above 0'],
  ])('refuses %j', (given, message) => {
    expect(() => read(given as Parameters<typeof readOptions>[2])).toThrow(message);
  });
});
