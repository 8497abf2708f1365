import type { Confirmation } from '#libs/contracts';
import type { CorpusRecord, ProposalRecord, Store, SweepRecord } from '#libs/sweeps';
import { corpusRecord, fitRecord, sweepRecord, uniqueId } from '#libs/testing';

interface Wanted {
  weights?: Record<string, number>;
  document?: Record<string, unknown>;
  confirmation?: Pick<Confirmation, 'recommended' | 'weights' | 'statement'>;
  sweep?: Partial<SweepRecord>;
  corpus?: Partial<CorpusRecord>;
}

export interface PlantedProposal {
  corpus: CorpusRecord;
  sweep: SweepRecord;
  proposal: ProposalRecord;
}

const domains: CorpusRecord['domains'] = [
  { name: 'web', source: 'web.txt', tokens: 6_000_000_000, documents: 6_000_000 },
  { name: 'code', source: 'code.txt', tokens: 3_000_000_000, documents: 1_000_000 },
  { name: 'books', source: 'books.txt', tokens: 1_000_000_000, documents: 10_000 },
];

/** A sweep with a proposal, as they are stored when all its runs have ended. */
export async function plantProposal(store: Store, wanted: Wanted = {}): Promise<PlantedProposal> {
  const corpus = corpusRecord({ domains, ...wanted.corpus });
  const id = uniqueId('proposal');
  const sweep = sweepRecord(corpus.id, {
    state: 'completed',
    proposalId: id,
    confirmation: wanted.confirmation ? { ...untested, ...wanted.confirmation } : null,
    finishedAt: new Date('2026-02-03T04:05:06Z'),
    ...wanted.sweep,
  });
  const fit = fitRecord(sweep.id);
  const weights = wanted.weights ?? { web: 0.5, code: 0.3, books: 0.2 };
  const proposal = proposalRecord(id, sweep.id, fit.id, weights, wanted.document);
  await store.transaction(async (tx) => {
    await tx.insertCorpus(corpus);
    await tx.insertSweep(sweep);
    await tx.insertFit(fit);
    await tx.insertProposal(proposal);
  });
  return { corpus, sweep, proposal };
}

export function proposalRecord(
  id: string,
  sweepId: string,
  fitId: string,
  weights: Record<string, number>,
  document: Record<string, unknown> = {},
): ProposalRecord {
  const recommended = { mixture: 'proposal', weights, reason: 'the predicted gain says so' };
  return {
    id,
    sweepId,
    fitId,
    hash: `sha256:${'0'.repeat(64)}`,
    weights,
    document: { weights, recommended, provenance: { seed: 1 }, ...document },
    createdAt: new Date('2026-01-05T00:00:00Z'),
  };
}

const untested: Omit<Confirmation, 'recommended' | 'weights' | 'statement'> = {
  objective: { proposal: 1, 'best-observed': 1, natural: 1, uniform: 1 },
  seeds: [1, 2, 3],
  losses: {},
  naturalMinusProposal: null,
  uniformMinusProposal: null,
  bestObservedMinusProposal: null,
  naturalMinusBestObserved: null,
  leftOut: [],
};
