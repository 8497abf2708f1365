import { expect, it } from 'vitest';
import { canonicalProposal, exportProposal, formatNames, formats } from '../index.js';
import { commented } from './comments.js';

it('marks every line, and leaves nothing behind the mark of an empty one', () => {
  expect(commented(['a', '', 'b'])).toBe('# a\n#\n# b\n');
  expect(commented(['a'], '//')).toBe('// a\n');
});

it('keeps out of the first two lines what Python would take for an encoding', () => {
  expect(commented(['a', 'proposal: decoding:v2', 'b'])).toBe('# a\n#\n# proposal: decoding:v2\n# b\n');
});

it.each(formatNames)('lets no id of a proposal become a part of what %s reads', (format) => {
  const facts = { tokens: { web: 1e9, code: 1e9 }, documents: { web: 1e6, code: 1e6 }, targetTokens: 1e9 };
  const files = (id: string) =>
    exportProposal(canonicalProposal({ id, weights: { web: 0.5, code: 0.5 } }, facts), format, {
      ...formats[format]!.example,
      draws: 10,
    }).files.filter(({ path }) => !path.endsWith('.json'));
  for (const id of ['a\nimport os', 'a\rimport os', 'a\u2028import os', 'a\u0085import os', 'x coding: rot13']) {
    for (const { path, content } of files(id)) {
      if (path.endsWith('.csv') || path.endsWith('.md')) continue;
      expect(
        content.split(/[\n\r\u0085\u2028]/).filter((line) => /^\s*import os/.test(line)),
        path,
      ).toEqual([]);
    }
  }
});
