import { describe, expect, it } from 'vitest';
import { readShellArguments } from './shell-arguments.js';

const read = (content: string) => Object.fromEntries(readShellArguments(content));

describe('readShellArguments', () => {
  it('groups the words after each option', () => {
    expect(read('python x.py in.txt --a 1 2 --b-c d --flag --e=f')).toEqual({
      a: ['1', '2'],
      b_c: ['d'],
      flag: [],
      e: ['f'],
    });
  });

  it('keeps the last of an option that stands twice, as argparse does', () => {
    expect(read('x --a 1 --a 2 3')).toEqual({ a: ['2', '3'] });
  });

  it('takes away quotes, escapes and comments, but no # inside a word', () => {
    expect(read(`x --a 'b c' "d \\"e\\"" f\\ g h#i # j\n`)).toEqual({ a: ['b c', 'd "e"', 'f g', 'h#i'] });
  });

  it.each([
    ['\n', ['1']],
    [' && ', ['1']],
    ['; ', ['1']],
    [' | ', ['1']],
    [' \\\n', ['1', '2', '3']],
  ])('ends a command at %j or not', (between, expected) => {
    expect(read(`x --a 1${between}2 3`).a).toEqual(expected);
  });

  it('takes line breaks for white space in a list of arguments alone', () => {
    expect(read('\n--a\n1\n2\n--b 3 #4 "5" |\n')).toEqual({ a: ['1', '2'], b: ['3', '#4', '"5"', '|'] });
  });

  it('leaves what a shell would fill in', () => {
    expect(read('x --a $A "$B" `c`').a).toEqual(['$A', '$B', '`c`']);
  });
});
