import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf, exportTag } from './digest.js';

const files = [
  { path: 'b.yaml', content: 'é 🍷\n' },
  { path: 'a/b.json', content: '{}' },
];

describe('digests', () => {
  it('are those of the bytes in UTF-8', () => {
    expect(digestOf(files[0]!)).toEqual({
      path: 'b.yaml',
      sha256: createHash('sha256').update(Buffer.from('é 🍷\n', 'utf8')).digest('hex'),
    });
  });

  it('make one tag, whatever the order of the files', () => {
    const tag = exportTag(files);
    expect(tag).toMatch(/^[0-9a-f]{64}$/);
    expect(exportTag([...files].reverse())).toBe(tag);
  });

  it('change with a byte, a name, or a file more', () => {
    const tags = [
      exportTag(files),
      exportTag([files[0]!, { path: 'a/b.json', content: '{ }' }]),
      exportTag([files[0]!, { path: 'a/c.json', content: '{}' }]),
      exportTag([...files, { path: 'c', content: '' }]),
      exportTag([]),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });
});
