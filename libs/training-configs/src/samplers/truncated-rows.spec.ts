import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import type { SimulationInput, SourceStock } from './draws.js';
import { roundHalfEven, truncatedRows, truncation } from './truncated-rows.js';

const inputOf = (amounts: number[], stock: SourceStock[], targetTokens?: number): SimulationInput => ({
  amounts,
  stock,
  draws: 1000,
  targetTokens,
  settings: {},
  random: createRandom(1),
});

describe('truncatedRows', () => {
  // What get_dataset of TRL 1.13.0 selected, given data sets of these lengths.
  it.each([
    [
      [0.7, 0.3],
      [100, 100],
      [100, 43],
    ],
    [
      [2, 6],
      [1000, 90],
      [30, 90],
    ],
    [
      [0.789473684210526, 0.197368421052632, 0.013157894736842],
      [3_000_000, 500_000, 20_000],
      [1_200_000, 300_000, 20_000],
    ],
    [
      [1, 1, 2],
      [5, 7, 9],
      [4, 4, 9],
    ],
    [
      [1, 0],
      [10, 10],
      [10, 0],
    ],
    [
      [0.5, 0.25, 0.25],
      [10, 5, 4],
      [8, 4, 4],
    ],
    [
      [1, 3],
      [10, 10],
      [3, 10],
    ],
  ])('keeps of fractions %j and %j rows as many as TRL does', (fractions, documents, kept) => {
    expect(truncatedRows(fractions, documents)).toEqual(kept);
  });

  it('rounds halves to the even neighbour, as Python does', () => {
    expect([0.5, 1.5, 2.5, 4.5, 3.4, 3.6].map(roundHalfEven)).toEqual([0, 2, 2, 4, 3, 4]);
  });
});

describe('truncation', () => {
  const stock = [
    { domain: 'web', tokens: 3e9, documents: 3_000_000 },
    { domain: 'papers', tokens: 2e8, documents: 20_000 },
  ];

  it('says how much is left out, which source decides it, and how often the rest is passed', () => {
    const { counts, remarks, counted } = truncation(inputOf([0.9, 0.1], stock, 1.9e9));
    expect(counts).toEqual([180_000, 20_000]);
    expect(counted).toBe('documents');
    expect(remarks[0]).toBe(
      '200000 of 3020000 rows are trained on: "papers" is used up, and of the others 94 % are left out, always the last rows',
    );
    // 180000 × 1000 + 20000 × 10000 = 380 million tokens
    expect(remarks[1]).toBe('the run is 5 passes over these rows');
  });

  it('names sources of which no row is left', () => {
    expect(truncation(inputOf([1, 1e-9], stock)).remarks.join()).toContain('no row is left of "papers"');
  });

  it('shares the draws out where rows are not known', () => {
    expect(truncation(inputOf([3, 1], [{}, {}])).counts).toEqual([750, 250]);
  });
});
