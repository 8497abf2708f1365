import { expect, it } from 'vitest';
import type { PlannedPhase } from '../format.js';
import { canonicalProposal } from '../proposal/read-proposal.js';
import { headerLines, shortNumber } from './header.js';

const entry = (domain: string, weight: number, epochs?: number) => ({
  domain,
  key: domain,
  weight,
  amount: weight,
  text: String(weight),
  epochs,
});
const phases: PlannedPhase[] = [
  {
    name: 'all',
    start: 0,
    entries: [entry('web', 2 / 3, 1.23456), entry('code', 1 / 3)],
    dropped: [{ domain: 'none', weight: 0 }],
  },
];
const document = {
  id: 'prp_1',
  hash: 'sha256:abc',
  createdAt: '2026-01-01T00:00:00.000Z',
  weights: { web: 2 / 3, code: 1 / 3, none: 0 },
  recommended: { mixture: 'natural', weights: { web: 1, code: 0, none: 0 }, reason: 'a tie' },
};

it('tells proposal, hash, time, unit, length, and the epochs of each domain', () => {
  expect(headerLines('Trainer', canonicalProposal(document), 'sequences', 3e9, phases)).toEqual([
    'Cuvée: data mixture for Trainer',
    'proposal: prp_1, sha256:abc, proposed 2026-01-01T00:00:00.000Z',
    'unit: share of packed sequences of one length, which is the share of training tokens',
    'run: 3000000000 tokens',
    '  web: 66.67 % of the tokens, 1.235 epochs',
    '  code: 33.33 % of the tokens',
    '  none: left out',
  ]);
});

it('says when the weights are those of another mixture, have no id, or the run no known length', () => {
  const recommended = canonicalProposal(document, { mixture: 'recommended' });
  expect(headerLines('T', recommended, 'sequences', undefined, phases)).toEqual(
    expect.arrayContaining([
      'mixture: natural, not the proposal itself',
      'run: length not known, so epochs are not either',
    ]),
  );
  expect(headerLines('T', canonicalProposal({ weights: { a: 1 } }), 'kept', 1, phases)[1]).toBe(
    'proposal: weights without an id',
  );
});

it('names the phases where there are several', () => {
  const two = [phases[0]!, { ...phases[0]!, name: 'anneal', start: 0.875 }];
  const { weights } = document;
  const changing = canonicalProposal({ phases: [{ weights }, { name: 'anneal', start: 0.875, weights }] });
  const lines = headerLines('T', changing, 'sequences', 1, two);
  expect(lines).toContain('phase all, after 0 % of the tokens:');
  expect(lines).toContain('phase anneal, after 87.5 % of the tokens:');
  expect(headerLines('T', changing, 'sequences', 1, [two[1]!])).toContain('phase anneal, after 87.5 % of the tokens:');
});

it('holds no time but that of the proposal, so that equal exports are equal files', () => {
  const proposal = canonicalProposal(document);
  expect(headerLines('T', proposal, 'sequences', 1, phases)).toEqual(
    headerLines('T', proposal, 'sequences', 1, phases),
  );
  expect(
    headerLines('T', proposal, 'sequences', 1, phases)
      .join('\n')
      .match(/\d{4}-\d\d-\d\d/g),
  ).toEqual(['2026-01-01']);
});

it('shortens numbers to four digits', () => {
  expect([66.66666, 0.012345678, 100, 4].map(shortNumber)).toEqual(['66.67', '0.01235', '100', '4']);
});
