// That PyYAML reads from it what was put in is asked of PyYAML itself, in test/python.spec.ts.
import { describe, expect, it } from 'vitest';
import { DecimalText, yamlText } from './yaml.js';

describe('yamlText', () => {
  it('writes numbers with exactly the decimals given, never with an exponent', () => {
    const value = { weights: { web: new DecimalText('0.999999900000'), dust: new DecimalText('0.000000100000') } };
    expect(yamlText(value, [])).toBe('weights:\n  web: 0.999999900000\n  dust: 0.000000100000\n');
  });

  it('quotes what YAML 1.1 or 1.2 takes for something else than text', () => {
    const words = [
      'no',
      'On',
      'y',
      '~',
      'null',
      '010',
      '0x1F',
      '1e5',
      '1_000',
      '1:30',
      '.5',
      '-1',
      '.inf',
      'NaN',
      '<<',
      '=',
    ];
    const dates = ['2024-01-01', '2024-1-1 10:00:00', '2024-01-01t10:00:00.5Z'];
    const marks = [
      '#x',
      '- a',
      '-',
      '?',
      ':',
      'a: b',
      'a #b',
      '*a',
      '&a',
      '!a',
      '%a',
      '@a',
      '`a`',
      '|',
      '>',
      '[a]',
      '{a}',
    ];
    for (const word of [...words, ...dates, ...marks, '', ' lead', 'trail ', '\ufeffmark']) {
      expect(yamlText([word], []), word).toMatch(/^- (?:"|').*(?:"|')\n$/);
      expect(yamlText({ [word]: 1 }, []), word).toMatch(/^(?:"|').*(?:"|'): 1\n$/);
    }
  });

  it('leaves plain names, paths and other scripts bare', () => {
    for (const word of ['web', 'code.v2', '1st-party', 's3://bucket/web/*.npy', 'ünïcode', '数据', "it's", 'v1.5-x']) {
      expect(yamlText([word], [])).toBe(`- ${word}\n`);
    }
  });

  it('puts the header before the document, as comments', () => {
    const text = yamlText({ a: 1 }, ['Cuvée: a mixture', '  web: 50 % #1: of the tokens']);
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '# Cuvée: a mixture',
      '#   web: 50 % #1: of the tokens',
    ]);
    expect(text.endsWith('\na: 1\n')).toBe(true);
  });

  it('breaks no long line and makes no aliases of equal parts', () => {
    const long = `${'word '.repeat(60)}end`;
    const shared = { path: long };
    expect(yamlText({ one: shared, other: shared }, [])).toBe(`one:\n  path: ${long}\nother:\n  path: ${long}\n`);
  });
});
