import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#libs/simplex';
import { canonicalProposal } from './read-proposal.js';

const document = {
  id: 'prp_1',
  weights: { web: 0.75, code: 0.25 },
  tokens: { web: 100, code: 50 },
  constraints: { targetTokens: 200, maxEpochs: 4 },
  recommended: { mixture: 'natural', weights: { web: 0.5, code: 0.5 }, reason: 'a tie' },
  provenance: { seed: 42 },
};

const refusal = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInputError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

describe('canonicalProposal', () => {
  it('reads the proposal, and says what its document recommends', () => {
    const read = canonicalProposal(document);
    expect(read).toMatchObject({
      proposalId: 'prp_1',
      mixture: 'proposal',
      recommended: 'natural',
      targetTokens: 200,
      maxEpochs: 4,
    });
    expect(read.domains.map(({ domain, tokens }) => [domain, tokens])).toEqual([
      ['web', 100],
      ['code', 50],
    ]);
    expect(read.phases).toEqual([{ name: 'all', start: 0, weights: [0.75, 0.25], proposalId: 'prp_1', hash: null }]);
  });

  it('reads the mixture recommended, with a way back to where it comes from', () => {
    const read = canonicalProposal(document, { mixture: 'recommended' });
    expect(read).toMatchObject({
      proposalId: 'prp_1:natural',
      mixture: 'natural',
      provenance: { seed: 42, mixture: 'natural', reason: 'a tie' },
    });
    expect(read.phases[0]!.weights).toEqual([0.5, 0.5]);
  });

  it('is the proposal where that is what is recommended, and refuses where nothing is', () => {
    const own = { ...document, recommended: { mixture: 'proposal', weights: document.weights, reason: 'r' } };
    expect(canonicalProposal(own, { mixture: 'recommended' })).toEqual(canonicalProposal(own));
    expect(() => canonicalProposal({ weights: { web: 1 } }, { mixture: 'recommended' })).toThrow(
      'the document recommends no mixture',
    );
  });

  it('takes a list as well as a record, and keeps its order', () => {
    const weights = [
      { domain: 'web', weight: 0.5 },
      { domain: '2024', weight: 0.5 },
    ];
    expect(canonicalProposal({ weights }).domains.map(({ domain }) => domain)).toEqual(['web', '2024']);
  });

  it('reads what the service answers, where the rest of the document lies one level down', () => {
    const read = canonicalProposal({ id: 'prp_9', document: { ...document, id: undefined } });
    expect(read).toMatchObject({ proposalId: 'prp_9', targetTokens: 200, provenance: { seed: 42 } });
  });

  it('lets what the caller knows win over the document', () => {
    const read = canonicalProposal(document, {
      proposalId: 'prp_2',
      targetTokens: 7,
      maxEpochs: 1,
      tokens: { web: 1 },
      documents: { code: 3 },
      locations: { web: { megatron: '/w' } },
    });
    expect(read).toMatchObject({ proposalId: 'prp_2', targetTokens: 7, maxEpochs: 1 });
    expect(read.domains).toEqual([
      { domain: 'web', tokens: 1, documents: undefined, locations: { megatron: '/w' } },
      { domain: 'code', tokens: undefined, documents: 3, locations: undefined },
    ]);
  });

  it('says that it divided weights by their sum', () => {
    expect(canonicalProposal({ weights: { a: 0.5, b: 0.501 } }).notes).toEqual([
      'weights summed to 1.001; each was divided by that sum',
    ]);
  });

  it.each([
    ['a list', [1], /^PROPOSAL_SHAPE/],
    ['nothing to read', {}, /^PROPOSAL_WEIGHTS_MISSING/],
    ['a weight of text', { weights: { a: '1' } }, /^PROPOSAL_FIELD: the weight of "a"/],
    ['an id of digits', { id: 1, weights: { a: 1 } }, /^PROPOSAL_FIELD: `id`/],
    ['negative tokens', { weights: { a: 1 }, tokens: { a: -1 } }, /^PROPOSAL_FIELD: tokens of "a"/],
    ['a run of no tokens', { weights: { a: 1 }, targetTokens: 0 }, /^PROPOSAL_FIELD: `targetTokens`/],
    ['a tab in a name', { weights: { 'a\tb': 1 } }, /^DOMAIN_UNPRINTABLE/],
    ['half a character in a name', { weights: { 'a\ud800': 1 } }, /^DOMAIN_UNPRINTABLE/],
  ])('refuses %s', (_, given, expected) => {
    expect(refusal(() => canonicalProposal(given))).toMatch(expected);
  });
});

describe('the phases of a document', () => {
  const phases = (list: unknown) => canonicalProposal({ phases: list }).phases;

  it('are read in place of weights, over the domains of all of them', () => {
    const read = canonicalProposal({
      phases: [{ weights: { a: 1 } }, { name: 'anneal', start: 0.9, weights: { b: 0.25, a: 0.75 } }],
    });
    expect(read.domains.map(({ domain }) => domain)).toEqual(['a', 'b']);
    expect(read.phases.map(({ name, start, weights }) => [name, start, weights])).toEqual([
      ['phase-1', 0, [1, 0]],
      ['anneal', 0.9, [0.75, 0.25]],
    ]);
  });

  it.each([
    ['no list', { a: 1 }, /`phases` must be a list/],
    ['an empty list', [], /`phases` must be a list/],
    ['a phase that is no object', [1], /phase 1 must be an object/],
    ['a name with a slash', [{ name: 'a/b', weights: { a: 1 } }], /the name of phase 1 must be letters/],
    [
      'a name twice',
      [
        { name: 'x', weights: { a: 1 } },
        { name: 'x', start: 0.5, weights: { a: 1 } },
      ],
      /two phases/,
    ],
    ['a late first', [{ name: 'x', start: 0.1, weights: { a: 1 } }], /the first phase, "x", must start at 0; got 0.1/],
    ['no start', [{ weights: { a: 1 } }, { name: 'y', weights: { a: 1 } }], /"y" must start at a share/],
    [
      'a start at the end',
      [{ weights: { a: 1 } }, { name: 'y', start: 1, weights: { a: 1 } }],
      /\[0, 1\), such as 0\.9; got 1/,
    ],
    [
      'starts that fall',
      [
        { weights: { a: 1 } },
        { name: 'y', start: 0.5, weights: { a: 1 } },
        { name: 'z', start: 0.5, weights: { a: 1 } },
      ],
      /"z" starts at 0.5, not after the one before it at 0.5/,
    ],
  ])('are refused with %s', (_, list, message) => {
    expect(refusal(() => phases(list))).toMatch(/^PHASES: /);
    expect(refusal(() => phases(list))).toMatch(message);
  });
});
