import { expect, it } from 'vitest';
import type { Confirmation } from '#libs/contracts';
import { sweepRecord } from '#libs/testing';
import type { SweepRecord } from '../ports/records.js';
import { doubtOf, recommendationOf, substitutionOf } from './recommendation.js';

const weights = { web: 0.25, code: 0.75 };
const confirmed = (recommended: Confirmation['recommended']) =>
  ({ recommended, weights, statement: 'The statement.' }) as unknown as Confirmation;
const sweepWith = (overrides: Partial<SweepRecord>) =>
  sweepRecord('corpus', { id: 'swp', proposalId: 'prp', state: 'completed', ...overrides });
const proposalWith = (mixture?: string, id = 'prp') => ({
  id,
  document: mixture ? { recommended: { mixture, weights, reason: 'of noise' } } : {},
});

it.each<[string, Partial<SweepRecord>, string | undefined, string | null, string | null]>([
  ['confirmed', { confirmation: confirmed('proposal') }, 'best-observed', 'proposal', null],
  [
    'beaten',
    { confirmation: confirmed('best-observed') },
    'proposal',
    'best-observed',
    'the confirmation runs recommend the best observed mixture instead of this proposal. The statement. ' +
      '"cuvee pull swp" writes the recommended one.',
  ],
  [
    'beaten by uniform',
    { confirmation: confirmed('uniform') },
    'proposal',
    'uniform',
    'the confirmation runs recommend the uniform mixture instead of this proposal. The statement. ' +
      '"cuvee pull swp" writes the recommended one.',
  ],
  [
    'beaten by the baseline',
    { confirmation: { ...confirmed('baseline'), baseline: "last year's mix" } },
    'proposal',
    'baseline',
    'the confirmation runs recommend the baseline "last year\'s mix" instead of this proposal. The statement. ' +
      '"cuvee pull swp" writes the recommended one.',
  ],
  [
    'doubted by its fit',
    { confirmation: null },
    'natural',
    'natural',
    'its document recommends the natural mixture instead of this proposal. No confirmation run has tested either; ' +
      'the fit says: of noise. "cuvee pull swp" writes the recommended one.',
  ],
  [
    'not confirmed yet',
    { confirmation: null, state: 'confirming' },
    'proposal',
    'proposal',
    'no confirmation run has tested this proposal yet (the sweep is confirming).',
  ],
  [
    'of a document that recommends nothing',
    { confirmation: null, state: 'failed' },
    undefined,
    null,
    'no confirmation run has tested this proposal yet (the sweep is failed).',
  ],
  [
    'of imported runs',
    { confirmation: null, specification: { ...sweepWith({}).specification, trainer: null } },
    'proposal',
    'proposal',
    'its runs were imported, so no confirmation run has tested this proposal: train it beside natural.',
  ],
])('a proposal that is %s', (_what, sweep, document, recommended, doubt) => {
  expect(recommendationOf(sweepWith(sweep), proposalWith(document))?.mixture ?? null).toBe(recommended);
  expect(doubtOf(sweepWith(sweep), proposalWith(document))).toBe(doubt);
});

it("runs that tested the sweep's own proposal say nothing of another one", () => {
  const sweep = sweepWith({ confirmation: confirmed('proposal') });
  expect(recommendationOf(sweep, proposalWith('proposal', 'another'))?.statement).toMatch(/^No confirmation run/);
  expect(doubtOf(sweep, proposalWith('proposal', 'another'))).toBe(
    'no confirmation run has tested this proposal: those of swp tested prp.',
  );
  // What "cuvee pull" writes for the sweep is not what this document recommends.
  expect(doubtOf(sweep, proposalWith('natural', 'another'))).toBe(
    'its document recommends the natural mixture instead of this proposal. No confirmation run has tested either; the ' +
      'fit says: of noise.',
  );
});

it('says whose weights these are where they are not those of the proposal', () => {
  const recommended = recommendationOf(sweepWith({ confirmation: confirmed('best-observed') }), proposalWith());
  expect(substitutionOf(recommended!)).toBe(
    'these are the weights of the best observed mixture, not of the proposal. The statement.',
  );
});
