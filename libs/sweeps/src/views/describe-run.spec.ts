import { describe, expect, it } from 'vitest';
import type { ExpertLoad } from '#libs/contracts';
import { createMemoryStore, observationRecord, plantSweep } from '#libs/testing';
import type { SweepContext } from '../context.js';
import { describeRun } from './describe-run.js';

async function detailOf(expertLoads: ExpertLoad[]) {
  const store = createMemoryStore();
  const { runs } = await plantSweep(store, 1, { state: 'succeeded' });
  const { id } = runs[0]!;
  await store.transaction((tx) => tx.insertObservation(observationRecord(id, { expertLoads })));
  return describeRun({ store } as SweepContext, id);
}

describe('a run with experts', () => {
  it('is described layer by layer, from its loads', async () => {
    const { expertLoads, expertRouting } = await detailOf([
      { layer: 0, domain: 'web', load: [30, 10] },
      { layer: 0, domain: 'code', load: [0, 40] },
      { layer: 1, domain: 'web', load: [20, 20] },
      { layer: 1, domain: 'code', load: [20, 20] },
    ]);
    expect(expertLoads).toHaveLength(4);
    expect(expertRouting).toHaveLength(2);
    expect(expertRouting[0]).toMatchObject({ layer: 0, maximumViolation: 50 / 40 - 1, variation: 0.25 });
    expect(expertRouting[1]).toEqual({
      ...{ layer: 1, mutualInformationBits: 0, maximumViolation: 0, entropy: 1, variation: 0 },
    });
  });

  it('has no measures for a layer that a user’s program counted in no comparable way, and none without experts', async () => {
    const odd = await detailOf([
      { layer: 0, domain: 'web', load: [1, 2, 3] },
      { layer: 0, domain: 'code', load: [1, 2] },
      { layer: 1, domain: 'web', load: [0, 0] },
      { layer: 2, domain: 'web', load: [5, 5] },
    ]);
    expect(odd.expertRouting.map(({ layer }) => layer)).toEqual([2]);
    expect((await detailOf([])).expertRouting).toEqual([]);
  });
});
