import { describe, expect, it } from 'vitest';
import { fakeSweep } from '../../test/fake-api.js';
import { formatBytes, formatDuration, formatLoss, formatShare } from './numbers.js';
import { openProgressLine, summarise } from './progress-line.js';
import { formatTable } from './table.js';

describe('formatTable', () => {
  it('aligns columns to their widest cell', () => {
    expect(
      formatTable(
        [{ title: 'name' }, { title: 'n', align: 'right' }],
        [
          ['a', '1'],
          ['longer', '100'],
        ],
      ),
    ).toBe(['name      n', '──────  ───', 'a         1', 'longer  100'].join('\n'));
  });
});

describe('numbers', () => {
  it('says durations, sizes, shares and losses as people do', () => {
    expect([0.4, 59.6, 3599, 7800].map(formatDuration)).toEqual(['0 s', '1 min 0 s', '59 min 59 s', '2 h 10 min']);
    expect([999, 1500, 2.5e6, 3e9].map(formatBytes)).toEqual(['999 B', '1.5 kB', '2.50 MB', '3.00 GB']);
    expect(formatShare(0.12345)).toBe('12.35 %');
    expect([1.23456, 'NaN', null].map(formatLoss)).toEqual(['1.2346', 'NaN', '–']);
  });
});

describe('the progress line', () => {
  const { progress } = fakeSweep();

  it('names lost runs, and the time left once it is known', () => {
    expect(summarise('running', { ...progress, secondsLeft: null })).toBe(
      '2/20 runs · running · 1 diverged · time left not known yet',
    );
    expect(summarise('completed', progress)).toContain('took 10 s');
    const runs = { ...progress.runs, censored: 3 };
    expect(summarise('running', { ...progress, runs })).toContain('running · 3 stopped early · 1 diverged');
  });

  it('is a plain line per finished run when nobody watches a terminal', async () => {
    let written = '';
    const stream = { isTTY: false, write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
    const line = await openProgressLine(stream);
    line.show('running', progress);
    line.show('running', { ...progress, fraction: 0.2 });
    line.show('running', { ...progress, finished: 3 });
    line.stop();
    expect(written.trim().split('\n')).toHaveLength(2);
  });
});
