import { describe, expect, it } from 'vitest';
import { readJsonObject } from './json-object.js';

describe('readJsonObject', () => {
  it('keeps the keys in the order of the file, whole numbers too', () => {
    const { entries } = readJsonObject('{"b": 1, "10": {"x": [1, {"y": 2}]}, "2": null, "a": "q\\"{"}');
    expect(entries).toEqual([
      ['b', 1],
      ['10', { x: [1, { y: 2 }] }],
      ['2', null],
      ['a', 'q"{'],
    ]);
  });

  it('finds keys that one object has twice, at any depth, and not those of two objects', () => {
    expect(readJsonObject('{"a": {"w": 1}, "b": {"w": 2, "w": 3}, "a": 1}').duplicates).toEqual(['w', 'a']);
    expect(readJsonObject('{"a": {"w": 1}, "w": "\\"w\\": 1"}').duplicates).toEqual([]);
  });

  it.each([
    ['is no JSON', '{"a": 1,}'],
    ['is no JSON object', '[1]'],
    ['is no JSON object', 'null'],
  ])('says when the text %s', (problem, content) => {
    expect(readJsonObject(content).entries).toBeUndefined();
    expect(readJsonObject(content).problem).toContain(problem);
  });
});
