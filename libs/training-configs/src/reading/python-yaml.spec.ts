// What is claimed here of PyYAML is asked of it in test/python.spec.ts, with thousands of words more.
import { describe, expect, it } from 'vitest';
import { readPythonYaml, type YamlMap, yamlEntries } from './python-yaml.js';

const read = (content: string) => readPythonYaml(content).value;

describe('readPythonYaml', () => {
  it.each([
    ['0.7', 0.7],
    ['1e-7', '1e-7'],
    ['1.0e-7', 1e-7],
    ['1.e-7', 1e-7],
    ['1.5e5', '1.5e5'],
    ['1.5e+5', 150_000],
    ['010', 8],
    ['08', '08'],
    ['0x1F', 31],
    ['0b11', 3],
    ['0o17', '0o17'],
    ['1_000', 1000],
    ['1:30', 90],
    ['-1:30.5', -90.5],
    ['.inf', Number.POSITIVE_INFINITY],
    ['-.INF', Number.NEGATIVE_INFINITY],
    ['inf', 'inf'],
    ['.nan', Number.NaN],
    ['no', false],
    ['On', true],
    ['yEs', 'yEs'],
    ['y', 'y'],
    ['~', null],
    ['', null],
    ['none', 'none'],
    ['2024-01-01', { timestamp: '2024-01-01' }],
    ['2024-01-01 10:00:00', { timestamp: '2024-01-01 10:00:00' }],
    ['"no"', 'no'],
    ["'0.7'", '0.7'],
    ['!!str 0.7', '0.7'],
    ['!!float 1', 1],
  ])('reads the word %j as PyYAML does', (word, expected) => {
    expect(read(`value: ${word}\n`)).toEqual({ value: expected });
  });

  it('reads exponents as numbers, and dates as text, for loaders that do', () => {
    const content = 'a: 1e-7\nb: 2.5e3\nc: 2024-01-01\nd: no\n';
    expect(readPythonYaml(content, 'number')).toMatchObject({
      value: { a: 1e-7, b: 2500, c: '2024-01-01', d: false },
      numbersReadAsText: [],
    });
  });

  it('points at numbers that are text, and at keys that are none', () => {
    const reading = readPythonYaml('weights:\n  web: 1e-7\n  no: 0.5\n  "on": 0.5\n  010: 0.1\n');
    expect(reading.numbersReadAsText).toEqual([{ where: 'line 2', text: '1e-7' }]);
    expect(reading.keysNotText).toEqual([
      { where: 'line 3', text: 'no' },
      { where: 'line 5', text: '010' },
    ]);
  });

  it('takes no text in quotes for a number', () => {
    expect(readPythonYaml('a: "1e-7"\n')).toMatchObject({ value: { a: '1e-7' }, numbersReadAsText: [] });
  });

  it('keeps the order of the file, which an object of JavaScript does not', () => {
    const value = read('web: 1\n"2024": 2\ncode: 3\n') as YamlMap;
    expect(Object.keys(value)).toEqual(['2024', 'web', 'code']);
    expect(yamlEntries(value)).toEqual([
      ['web', 1],
      ['2024', 2],
      ['code', 3],
    ]);
  });

  it('follows anchors and merges maps, what stands in the map itself first', () => {
    const content =
      'base: &b {weight: 0.5, path: a}\nother: &o {path: o, extra: 1}\nmixed: {<<: [*b, *o], path: x}\nagain: *b\n';
    expect(read(content)).toMatchObject({
      mixed: { weight: 0.5, path: 'x', extra: 1 },
      again: { weight: 0.5, path: 'a' },
    });
  });

  it('takes a tab in quotes, in a comment and in the text of a block', () => {
    expect(read('a: "x\ty" #\tz\nb: |\n  x\ty\nc: \'\t\'\n')).toEqual({ a: 'x\ty', b: 'x\ty\n', c: '\t' });
  });

  it('refuses the marks of YAML 1.1 as values for OmegaConf, too', () => {
    for (const mark of ['=', '<<']) expect(readPythonYaml(`a: ${mark}\n`, 'number').errors).toHaveLength(1);
  });

  it.each([
    ['a key twice', 'a: 1\na: 2\n', 'line 2', 'unique'],
    ['a tab for a space', 'a:\n\t- b\n', 'line 2', ''],
    ['a tab after a word', 'a: 1\nb: 2\t# two\n', 'line 2', 'a tab stands outside of quotes'],
    ['a tab in a list', '{"a": [\n\t0.5,\n\t0.5]}\n', 'line 2', 'a tab stands outside of quotes'],
    ['a line of a tab', 'a: 1\n\t\nb: 2\n', 'line 2', 'a tab stands outside of quotes'],
    ['a tab in bare words', 'a: one\n  two\tthree\n', 'line 2', 'a tab stands outside of quotes'],
    ['a name given twice', 'a: &x 1\nb: &x 2\n', 'line 2', '&x stands twice'],
    ['a name given to two keys', '&x a: 1\n&x b: 2\n', 'line 2', '&x stands twice'],
    ['an open list', 'a: [1, 2\n', '', ''],
    ['a second document', 'a: 1\n---\nb: 2\n', '', ''],
    ['an alias of nothing', 'b: 1\na: *b\n', 'line 2', 'nothing is called "b"'],
    ['a merge of a number', 'a: {<<: 1}\n', '', 'must be a map'],
    ['a tag of its own', 'a: !custom 1\n', 'line 1', '!custom'],
    ['an object of Python', 'a: !!python/object:os.system x\n', 'line 1', 'none that a safe loader knows'],
    ['a bare merge mark', 'a: <<\n', 'line 1', 'needs quotes'],
    ['a bare equals sign', 'a: =\n', 'line 1', 'needs quotes'],
    ['a number of underscores', 'a: 0x_\n', 'line 1', 'needs quotes'],
    ['a list for a key', '? [a]\n: 1\n', 'line 1', 'one word'],
    ['a colon without a key', '- :\n', '', 'without a key'],
    ['a bell', 'a: 1\nb: \u0007\n', 'line 2', 'no printable character'],
    ['a line break of old', 'a: x\u0085b: y\n', 'line 1', 'no printable character'],
  ])('refuses %s', (_, content, where, message) => {
    const { value, errors } = readPythonYaml(content);
    expect(value).toBeUndefined();
    expect(errors[0]!.where).toContain(where);
    expect(errors[0]!.message).toContain(message);
  });
});
