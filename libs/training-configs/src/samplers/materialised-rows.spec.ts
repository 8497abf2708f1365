import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import type { SimulationInput, SourceStock } from './draws.js';
import { materialisedRows } from './materialised-rows.js';

const inputOf = (amounts: number[], stock: SourceStock[], targetTokens?: number): SimulationInput => ({
  amounts,
  stock,
  draws: 1000,
  targetTokens,
  settings: {},
  random: createRandom(1),
});
const trunc = { sampler: 'rows', rows: (amount: number, documents: number) => Math.trunc(amount * documents) };

describe('materialisedRows', () => {
  it('takes the rows the rule gives, and says how often the run passes them', () => {
    const stock = [
      { domain: 'web', tokens: 1000, documents: 10 },
      { domain: 'code', tokens: 1000, documents: 100 },
    ];
    const draws = materialisedRows(inputOf([0.55, 2], stock, 5000), trunc);
    expect(draws.counts).toEqual([5, 200]);
    expect(draws.remarks).toEqual(['the mixture has 205 rows, and the run is 2 passes over them']);
  });

  it('names sources that come out empty', () => {
    const stock = [{ domain: 'web', documents: 10 }, { documents: 10 }];
    expect(materialisedRows(inputOf([0.05, 0.05], stock), trunc).remarks[0]).toContain('"web", source 2');
  });

  it('shares the draws out by tokens where rows are not known, and by amounts where tokens are not either', () => {
    const known = materialisedRows(inputOf([1, 0.5], [{ tokens: 100 }, { tokens: 600 }]), trunc);
    expect(known).toMatchObject({ counts: [250, 750], counted: 'sequences' });
    expect(materialisedRows(inputOf([1, 0.5], [{}, {}]), trunc)).toMatchObject({
      counts: [667, 333],
      counted: 'documents',
    });
  });
});
