import { describe, expect, it } from 'vitest';
import { rowPasses } from './row-passes.js';

describe('rowPasses', () => {
  it('takes whole passes and then the nearest number of rows, to even at a half, as round() does', () => {
    const stock = [10, 10, 10, 5, 7].map((documents) => ({ documents }));
    expect(rowPasses({ amounts: [1, 2.5, 0.26, 0.5, 1.5], stock })).toMatchObject({
      counted: 'documents',
      counts: [10, 25, 3, 2, 11],
      standardErrors: null,
      remarks: [],
    });
  });

  it('says which source gives no row', () => {
    const { counts, remarks } = rowPasses({
      amounts: [1, 0.01, 0.01],
      stock: [{ documents: 100 }, { domain: 'rare', documents: 40 }, { documents: 60 }],
    });
    expect(counts).toEqual([100, 0, 1]);
    expect(remarks).toEqual(['"rare" gives no row: its 0.01 of a pass is less than half a row']);
  });

  it('goes by tokens where rows are not known', () => {
    expect(rowPasses({ amounts: [0.5, 2], stock: [{ tokens: 100 }, { tokens: 25 }] })).toMatchObject({
      counted: 'sequences',
      counts: [50, 50],
    });
  });

  it('tells nothing where neither is known', () => {
    const { counts, remarks } = rowPasses({ amounts: [1, 2], stock: [{ tokens: 5 }, {}] });
    expect(counts).toEqual([0, 0]);
    expect(remarks).toEqual(['what the passes come to cannot be told: the rows of some sources are not known']);
  });
});
