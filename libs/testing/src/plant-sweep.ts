import type { CorpusRecord, RoundRecord, RunRecord, Store, SweepRecord } from '#libs/sweeps';
import { corpusRecord, roundRecord, runRecord, sweepRecord } from './records.js';

interface Planted {
  corpus: CorpusRecord;
  sweep: SweepRecord;
  round: RoundRecord;
  runs: RunRecord[];
}

export type Plant = (
  runs: number,
  overrides?: Partial<RunRecord>,
  sweepOverrides?: Partial<SweepRecord>,
) => Promise<Planted>;

/** Stores a corpus, a sweep, its first round and that many runs. */
export async function plantSweep(
  store: Store,
  count: number,
  overrides: Partial<RunRecord> = {},
  sweepOverrides: Partial<SweepRecord> = {},
  corpusOverrides: Partial<CorpusRecord> = {},
): Promise<Planted> {
  const corpus = corpusRecord(corpusOverrides);
  const sweep = sweepRecord(corpus.id, sweepOverrides);
  const round = roundRecord(sweep.id);
  const runs = Array.from({ length: count }, (_, index) => runRecord(round, index, overrides));
  await store.transaction(async (tx) => {
    await tx.insertCorpus(corpus);
    await tx.insertSweep(sweep);
    await tx.insertRound(round);
    await tx.insertRuns(runs);
  });
  return { corpus, sweep, round, runs };
}
