import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { drawIndex, randomDraw } from './random-draw.js';

const inputOf = (amounts: number[], draws: number) => ({ amounts, draws, random: createRandom(1) });

describe('randomDraw', () => {
  it('meets the shares within four standard errors, whatever the amounts sum to', () => {
    const { counts, standardErrors } = randomDraw(inputOf([6, 3, 1], 20_000), 'documents');
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000);
    [0.6, 0.3, 0.1].forEach((share, i) => {
      expect(standardErrors![i]).toBeCloseTo(Math.sqrt((share * (1 - share)) / 20_000), 12);
      expect(Math.abs(counts[i]! / 20_000 - share)).toBeLessThan(4 * standardErrors![i]!);
    });
  });

  it('scatters as its standard errors say', () => {
    const random = createRandom(2);
    const draws = 400;
    const shares = Array.from({ length: 600 }, () => randomDraw({ amounts: [0.2, 0.8], draws, random }, 'sequences'));
    const values = shares.map(({ counts }) => counts[0]! / draws);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1);
    expect(Math.sqrt(variance) / shares[0]!.standardErrors![0]!).toBeCloseTo(1, 1);
  });

  it('never draws a source of weight 0, wherever it stands', () => {
    for (const amounts of [
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 0],
    ]) {
      expect(randomDraw(inputOf(amounts, 2_000), 'documents').counts[amounts.indexOf(0)]).toBe(0);
    }
  });
});

describe('drawIndex', () => {
  it('takes weights of any sum', () => {
    const random = createRandom(3);
    const drawn = Array.from({ length: 4_000 }, () => drawIndex([0, 30, 0, 10, 0], random));
    expect(new Set(drawn)).toEqual(new Set([1, 3]));
    expect(drawn.filter((index) => index === 1).length / 4_000).toBeCloseTo(0.75, 1);
  });
});
