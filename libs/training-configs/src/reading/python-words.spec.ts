import { describe, expect, it } from 'vitest';
import { pythonFloat, pythonStrip, pythonWords, readsAsPythonFloat } from './python-words.js';

describe('words as Python has them', () => {
  it('are cut at any white space of Unicode, and at the separators of ASCII', () => {
    expect(pythonWords(' a\tb\n\nc\u00a0d\u2003e\u3000f\u001cg\u0085h ')).toEqual([...'abcdefgh']);
    expect(pythonWords(' \n ')).toEqual([]);
    // No white space to Python: the zero-width space and the byte order mark.
    expect(pythonWords('a\u200bb\ufeffc')).toEqual(['a\u200bb\ufeffc']);
  });

  it('are stripped of the same', () => {
    expect(pythonStrip('\u00a0 /my dir\n')).toBe('/my dir');
    expect(pythonStrip(' \t')).toBe('');
  });

  it.each([
    ['0.7', 0.7],
    ['7', 7],
    ['.5', 0.5],
    ['5.', 5],
    ['+1e-7', 1e-7],
    ['-2E3', -2000],
    ['1_000', 1000],
    ['1_0.0_1', 10.01],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
  ])('%s is a float', (word, value) => {
    expect(readsAsPythonFloat(word)).toBe(true);
    expect(pythonFloat(word)).toBe(value);
  });

  it('a number in digits of another script is one too, which this reader does not evaluate', () => {
    expect(readsAsPythonFloat('٣')).toBe(true);
    expect(pythonFloat('٣')).toBeNaN();
  });

  it.each(['', '.', 'e5', '1e', '1__0', '_1', '1_', '0x10', '1,5', '1 0', '--1', 'infin', '1d5', '/a', '½'])(
    '%j is no float',
    (word) => {
      expect(readsAsPythonFloat(word)).toBe(false);
      expect(pythonFloat(word)).toBeNaN();
    },
  );
});
