import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { packRows, sizeOf } from './packed-rows.js';
import { unpackedSize } from './packed-targets.js';
import { RecentlyUsed } from './recently-used.js';

it('keeps what was used last within its bytes, and the last one whatever its size', () => {
  const kept = new RecentlyUsed<string>(100);
  kept.add('a', 'A', 40);
  kept.add('b', 'B', 40);
  expect(kept.find('a')).toBe('A');
  kept.add('c', 'C', 30);
  expect([kept.find('a'), kept.find('b'), kept.find('c')]).toEqual(['A', undefined, 'C']);
  kept.add('c', 'C again', 60);
  expect([kept.find('a'), kept.find('c')]).toEqual(['A', 'C again']);
  kept.add('huge', 'H', 1000);
  expect([kept.find('a'), kept.find('c'), kept.find('huge')]).toEqual([undefined, undefined, 'H']);
  kept.add('d', 'D', 100);
  expect([kept.find('huge'), kept.find('d')]).toEqual([undefined, 'D']);
});

it('counts a fit by its text before compression and by the mixtures it was made of', () => {
  const text = JSON.stringify(Array(5000).fill(0.125));
  expect(unpackedSize({ web: gzipSync(text), code: gzipSync('{}') })).toBe(text.length + 2);
  const rows = Array.from({ length: 10 }, () => [0.25, 0.25, 0.5]);
  expect(sizeOf(packRows(rows))).toBe(240);
  expect(sizeOf(rows)).toBe(240);
});
