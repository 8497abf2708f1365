import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literalValue, readPythonSource } from '../reading/python-source.js';
import { pythonString, pythonVariables } from './python.js';

describe('pythonString', () => {
  it('reads back as the same text, quotes, backslashes and other scripts included', () => {
    const texts = ['', 'say "hi"', "it's", 'back\\slash', '\\N{BULLET}', '\\x41', '{x}', '数据 🍷', 'a\u2028b', '"""'];
    for (const text of texts) {
      const source = readPythonSource(`x = ${pythonString(text)}\n`);
      expect(source.errors).toEqual([]);
      expect(literalValue(source.assigned('x')[0]!)).toBe(text);
    }
  });
});

describe('pythonVariables', () => {
  it('keeps what it can of a name', () => {
    const names = ['web', 'code.v2', 'wiki-en', '1st-party', 'class', 'a/b c', '数据', '_', 'match', 'ünï'];
    expect(pythonVariables(names)).toEqual([
      'web',
      'code_v2',
      'wiki_en',
      'data_1st_party',
      'data_class',
      'a_b_c',
      'data',
      'data_2',
      'data_match',
      'n',
    ]);
  });

  it('numbers what would be the same, and what the file has a use for', () => {
    expect(pythonVariables(['a-b', 'a.b', 'a_b_2', 'mix'], ['mix'])).toEqual(['a_b', 'a_b_2', 'a_b_2_2', 'mix_2']);
  });

  it('gives distinct names that Python can assign to, for any names', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 30 }), (names) => {
        const variables = pythonVariables(names, ['mixture']);
        expect(new Set([...variables, 'mixture']).size).toBe(names.length + 1);
        const source = readPythonSource(variables.map((variable, i) => `${variable} = ${i}\n`).join(''));
        expect(source.errors).toEqual([]);
        variables.forEach((variable, i) => {
          expect(variable).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
          expect(literalValue(source.assigned(variable)[0]!)).toBe(i);
        });
      }),
    );
  });
});
