import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { lockstepDraw } from './lockstep-draw.js';

const run = (readers: number, seed: number, draws = 800) =>
  lockstepDraw({ amounts: [3, 1], draws, random: createRandom(seed) }, readers, 'devices');

describe('lockstepDraw', () => {
  it('gives every reader the same sources', () => {
    const alone = run(1, 5, 100);
    const together = run(8, 5, 800);
    expect(together.counts).toEqual(alone.counts.map((count) => 8 * count));
    expect(together.standardErrors).toEqual(alone.standardErrors);
    expect(alone.remarks).toEqual([]);
    expect(together.remarks).toEqual([expect.stringContaining('as if there were 100 draws and not 800')]);
  });

  it('scatters as its standard error says, over many seeds', () => {
    const shares = Array.from({ length: 400 }, (_, seed) => run(8, seed).counts[0]! / 800);
    const mean = shares.reduce((sum, share) => sum + share, 0) / 400;
    const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / 400);
    // √(0.75 · 0.25 / 100)
    expect(run(8, 0).standardErrors![0]).toBeCloseTo(0.0433, 4);
    expect(Math.abs(mean - 0.75)).toBeLessThan(4 * (0.0433 / 20));
    expect(deviation).toBeGreaterThan(0.037);
    expect(deviation).toBeLessThan(0.05);
  });

  it('makes at least one draw', () => {
    expect(run(64, 1, 10).counts.reduce((sum, count) => sum + count, 0)).toBe(64);
  });
});
