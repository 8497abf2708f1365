// What our readers of YAML and of words are compared with the originals on.
import fc from 'fast-check';
import { expect } from 'vitest';
import { pythonFloat, pythonWords, readsAsPythonFloat } from '../src/reading/python-words.js';
import { readPythonYaml, type YamlValue } from '../src/reading/python-yaml.js';

/** Bare words of the characters that YAML 1.1 makes numbers, times, truth values and nothing of. */
export const yamlScalars = fc.oneof(
  fc.stringMatching(/^[-+]?[0-9][0-9_]{0,4}(?:\.[0-9_]{0,3})?(?:[eE][-+]?[0-9]{1,2})?$/),
  fc.stringMatching(/^[-+]?0[box]?[0-9a-fA-F_]{1,5}$/),
  fc.stringMatching(/^[-+]?[0-9]{1,2}(?::[0-9]{1,2}){1,3}(?:\.[0-9]{0,2})?$/),
  fc.stringMatching(/^[-+]?\.[0-9_]{0,3}(?:[eE][-+]?[0-9]{1,2})?$/),
  fc.stringMatching(
    /^[12][0-9]{3}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|1[0-9]|2[0-8])(?:[tT ](?:[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,3})?(?: ?(?:Z|[-+][0-9](?::30)?))?)?$/,
  ),
  fc.stringMatching(/^[-+]?\.?(?:inf|Inf|INF|iNf|nan|NaN|NAN|Nan)$/),
  fc.stringMatching(/^(?:yes|no|on|off|true|false|null|y|n|none)$/),
  fc.stringMatching(/^(?:Yes|No|ON|OFF|True|FALSE|Null|NULL|~|=|<<|Y|N|None|yEs|nO)$/),
  fc.stringMatching(/^[a-zA-Z0-9_.~+=-]{1,6}$/),
);

export const yamlDocuments: readonly string[] = [
  '',
  '# nothing but a comment\n',
  'sources:\n- web\n- code\nweights: [0.7, 0.3]\n',
  'sources:\n  web: {weight: 0.7, path: /data/web}\n  code: {weight: 0.3, path: "/data/code"}\n',
  '{ "train_data_paths": ["/d/a", "/d/b"], "train_data_weights": [0.7, 0.3] }\n',
  'a: [1, 1.0, 1e5, 1e+5, 1.e5, 1.5e5, 1.5e+5, 1.5e-5, .5, 5., -.5, +.5, 1_0.5]\n',
  'a: [0o17, 017, 08, 0x1F, 0b11, 1:30, 1:30.5, 12:30:45, -1:30]\n',
  'base: &base {weight: 0.5, path: a}\nother: {<<: *base, path: b}\n',
  'list: &list [0.5, 0.5]\nagain: *list\n',
  'a: &x {w: 0.1}\nb: &y {w: 0.2, v: 0.3}\nc: {<<: [*x, *y]}\n',
  'text: |\n  0.5\n  0.7\nfolded: >-\n  one\n  two\n',
  "a: \"0.5\"\nb: '0.5'\nc: \"\\u00e9\\n\\x41\"\nd: 'it''s'\n",
  'a: !!str 0.5\nb: !!float 1\nc: !!float "0.5"\nd: !!int "7"\ne: !!bool "yes"\nf: !!null ""\n',
  'a: !!python/object:os.system x\n',
  'a: !custom 1\n',
  'a: 1\na: 2\n',
  'a: 1\n---\nb: 2\n',
  '---\na: 1\n',
  '---\na: 1\n...\n',
  'a:\n\t- b\n',
  'a: 1\t\n',
  'a: 1\t# one\n',
  'a:\t1\n',
  'a: 1\n\t\nb: 2\n',
  'a: one\ttwo\n',
  'a: one\n\ttwo\n',
  'a: "one"\t\n',
  '{"a": [\n\t0.5,\n\t0.5\n]}\n',
  '-\ta\n',
  'a: |\t\n  b\n',
  '#\ta\na: "x\ty"\nb: \'x\ty\'\nc: x #\ty\n',
  'a: |\n  x\ty\n  z\t\nb: >-\n  \tx\n',
  'a: "x\n  \ty"\n',
  'a: 1 #\tone\nb: &t\t2\n',
  'a: &x 1\nb: &x 2\n',
  '&x a: 1\n&x b: 2\n',
  'a: &x b\n*x : 1\n',
  'a: &x {b: &y 1}\nc: *x\nd: *y\n',
  'a: b: c\n',
  'a: [1, 2\n',
  'a: *unknown\n',
  '%YAML 1.1\n---\na: 1\n',
  '%YAML 1.2\n---\na: 017\n',
  'no: 1\non: 2\n',
  '010: 1\n',
  '1: a\n2: b\n',
  '? complex\n: value\n',
  '? [a, b]\n: value\n',
  'a:\nb: ~\nc: null\n',
  'a: web # the web\n',
  'a: web#not a comment\n',
  'a: http://host:80/x\n',
  'a: {b, c}\n',
  'a: [b: c, d]\n',
  'a: -\n',
  'a: - b\n',
  '- - a\n  - b\n- c\n',
  'a: "two\n  lines"\n',
  'a: two\n  lines\n',
  'a: [0.1,0.2,\n 0.3]\n',
  'plain text\n',
  '0.5\n',
  '\ufeffa: 1\n',
  'a: \u00e9\u4e2d\ud83c\udf77\n',
  'a: x\u0085b: y\n',
  'a: x\u2028b: y\n',
  'a: \u0007\n',
  'a: \ufffe\n',
  ': a\n',
  '{: a}\n',
  'a: @b\n',
  'a: `b`\n',
  'a: %b\n',
  'a: &\n',
  'a: "unfinished\n',
  "a: 'unfinished\n",
  'a: }\n',
  '=: 1\n',
  'a: =\n',
  '<<: 1\n',
  'a: <<\n',
  '<<: {a: 1}\nb: 2\n',
  '"<<": {a: 1}\nb: 2\n',
];

/** Where a stricter answer than PyYAML's is meant: it keeps the last of two equal keys, and breaks lines in odd places. */
const stricter = /keys must be unique|no printable character|without a key/i;

export function yamlEntry(text: string) {
  const { value, errors, keysNotText } = readPythonYaml(text);
  return {
    text,
    refused: errors.length > 0,
    stricter: errors.some(({ message }) => stricter.test(message)),
    keysNotText: keysNotText.length > 0,
    value: value === undefined ? null : encode(value),
  };
}

/** A text of YAML of which PyYAML, and our reader, must make this value. */
export function asMeant(text: string, meant: YamlValue) {
  const { value, errors, keysNotText } = readPythonYaml(text);
  expect({ value, errors, keysNotText }, text).toEqual({ value: meant, errors: [], keysNotText: [] });
  return { text, refused: false, stricter: false, keysNotText: false, value: encode(meant) };
}

/** As encode() of oracle.py does. */
function encode(value: YamlValue): unknown {
  if (value === null) return ['nothing'];
  if (typeof value === 'boolean') return ['truth', value];
  if (typeof value === 'number') return ['number', pythonNumber(value)];
  if (typeof value === 'string') return ['text', value];
  if (Array.isArray(value)) return ['list', value.map(encode)];
  if (Object.keys(value).join() === 'timestamp') return ['time'];
  return ['map', Object.entries(value).map(([key, item]) => [key, encode(item as YamlValue)])];
}

export function wordsEntry(text: string) {
  const words = pythonWords(text);
  return {
    text,
    words,
    floats: words.map((word) => (readsAsPythonFloat(word) ? pythonNumber(pythonFloat(word)) : null)),
  };
}

/** As float() reads it. */
function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}
