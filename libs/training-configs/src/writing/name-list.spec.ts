import { describe, expect, it } from 'vitest';
import { nameList } from './name-list.js';

const names = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`);

describe('a list of names in a sentence', () => {
  it('holds all of ten', () => {
    expect(nameList(['web', 'code'])).toBe('"web", "code"');
    expect(nameList(names(10))).not.toContain('more');
  });

  it('holds ten of three hundred and says how many more there are', () => {
    expect(nameList(names(300))).toMatch(/^("d\d", ){10}and 290 more$/);
  });
});
