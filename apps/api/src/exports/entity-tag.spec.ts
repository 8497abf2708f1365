import { expect, it } from 'vitest';
import { isKnown, strongTag } from './entity-tag.js';

const tag = strongTag('abc');

it.each<[string | undefined, boolean]>([
  [undefined, false],
  ['', false],
  ['abc', false],
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  ['"x","y" , W/"abc"', true],
  ['"abcd"', false],
  ['"x, abc"', false],
  [' * ', true],
])('If-None-Match: %s', (header, known) => {
  expect(isKnown(header, tag)).toBe(known);
});
