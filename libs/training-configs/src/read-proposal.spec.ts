import { describe, expect, it } from 'vitest';
import { canonicalProposal } from './index.js';

const document = {
  id: 'prp_1',
  weights: { web: 0.75, code: 0.25 },
  epochs: { web: 1.5, code: 0.5 },
  tokens: { web: 100, code: 50 },
  constraints: { targetTokens: 200 },
  recommended: { mixture: 'natural', weights: { web: 0.5, code: 0.5 }, reason: 'a tie' },
  provenance: { seed: 42 },
};

describe('canonicalProposal', () => {
  it('reads the proposal, and says what its document recommends', () => {
    const read = canonicalProposal(document);
    expect(read).toMatchObject({ proposalId: 'prp_1', mixture: 'proposal', recommended: 'natural' });
    expect(read.weights.map(({ weight, epochs }) => [weight, epochs])).toEqual([
      [0.75, 1.5],
      [0.25, 0.5],
    ]);
  });

  it('reads the mixture recommended, with passes over its own text and a way back to where it comes from', () => {
    const read = canonicalProposal(document, { mixture: 'recommended' });
    expect(read).toMatchObject({
      proposalId: 'prp_1:natural',
      mixture: 'natural',
      provenance: { seed: 42, mixture: 'natural', reason: 'a tie' },
    });
    expect(read.weights.map(({ weight, epochs }) => [weight, epochs])).toEqual([
      [0.5, 1],
      [0.5, 2],
    ]);
  });

  it('claims no epochs for it where tokens are unknown: those of the document are the proposal’s', () => {
    const { tokens: _, ...without } = document;
    const read = canonicalProposal(without, { mixture: 'recommended' });
    expect(read.weights.map(({ epochs }) => epochs)).toEqual([undefined, undefined]);
  });

  it('is the proposal where that is what is recommended, and refuses where nothing is', () => {
    const own = { ...document, recommended: { mixture: 'proposal', weights: document.weights, reason: 'r' } };
    expect(canonicalProposal(own, { mixture: 'recommended' })).toEqual(canonicalProposal(own));
    expect(() => canonicalProposal({ weights: { web: 1 } }, { mixture: 'recommended' })).toThrow(
      'the document recommends no mixture',
    );
  });
});
