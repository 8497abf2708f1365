import { describe, expect, it } from 'vitest';
import { shortNames } from './short-names.js';
import { formatTable, right } from './table.js';
import { labelled, outputWidth, wrapText } from './wrap.js';

describe('shortNames', () => {
  it('leaves short names alone', () => {
    expect(shortNames(['metric/a_loss', 'metric/b_loss'], 13)).toEqual(['metric/a_loss', 'metric/b_loss']);
  });

  it('takes away what all names share, whole words only', () => {
    expect(shortNames(['metric/the_pile_github_loss', 'metric/the_pile_gutenberg_loss'], 20)).toEqual([
      '…github…',
      '…gutenberg…',
    ]);
    expect(shortNames(['train_pile_cc', 'train_wiki'], 9)).toEqual(['…pile_cc', '…wiki']);
  });

  it('cuts the middle of what is still too long, and of a name that is alone', () => {
    expect(shortNames(['abcdefghijklmnop'], 8)).toEqual(['abcd…nop']);
    const [first, second] = shortNames([`x_${'a'.repeat(30)}`, `x_${'b'.repeat(30)}`], 10);
    expect([first!.length, second!.length]).toEqual([10, 10]);
    expect(first).not.toBe(second);
  });
});

describe('formatTable', () => {
  it('keeps ten characters of a name, however narrow the output: "objective" is a row of most tables', () => {
    const rows = [['objective', 'x'.repeat(40)]];
    expect(formatTable([{ title: 'target', names: true }, { title: 'loss' }], rows, 20)).toContain('objective  x');
  });

  it('shortens names where the table would overflow, and only there', () => {
    const columns = [{ title: 'target', names: true }, right('loss')];
    const rows = ['metric/arxiv_validation_loss', 'metric/github_validation_loss'].map((name) => [name, '1.2345']);
    expect(formatTable(columns, rows, 40)).toContain('metric/arxiv_validation_loss   1.2345');
    const narrow = formatTable(columns, rows, 20);
    expect(narrow).toMatch(/…arxiv… +1\.2345\n…github… +1\.2345$/);
    for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(20);
  });
});

describe('wrapText', () => {
  it('breaks at blanks, keeps line ends, and never loses a word', () => {
    expect(wrapText('one two three\nfour', 8)).toBe('one two\nthree\nfour');
    expect(wrapText('a very-long-word-indeed b', 6)).toBe('a\nvery-long-word-indeed\nb');
    expect(wrapText('aa bb cc', 6, '  ')).toBe('  aa\n  bb\n  cc');
  });

  it('hangs text beside its label', () => {
    expect(labelled('model', 'gp and trees', 8, 16)).toBe('model   gp and\n        trees');
  });

  it('takes the width of the terminal, 100 without one and never less than 60', () => {
    expect([outputWidth({}), outputWidth({ columns: 140 }), outputWidth({ columns: 20 })]).toEqual([100, 140, 60]);
  });
});
