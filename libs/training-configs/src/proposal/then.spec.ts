import { describe, expect, it } from 'vitest';
import { canonicalProposal } from './read-proposal.js';
import { inPhases, readLaterPhase } from './then.js';

describe('readLaterPhase', () => {
  it.each([
    ['anneal=prp_2@0.9', { name: 'anneal', reference: 'prp_2', start: 0.9 }],
    ['prp_2@.5', { name: null, reference: 'prp_2', start: 0.5 }],
    ['prp_2@90%', { name: null, reference: 'prp_2', start: 0.9 }],
    ['dir/with=sign@home/file.json@12.5%', { name: null, reference: 'dir/with=sign@home/file.json', start: 0.125 }],
    ['cool-down=a@b.json@0.75', { name: 'cool-down', reference: 'a@b.json', start: 0.75 }],
  ])('reads %s', (text, expected) => {
    expect(readLaterPhase(text)).toEqual(expected);
  });

  it.each(['prp_2', 'prp_2@', '@0.5', 'anneal=@0.5', 'prp_2@half', 'prp_2@-0.1', ''])('refuses "%s"', (text) => {
    expect(() => readLaterPhase(text)).toThrow(/a later phase is given as \[name=\]proposal@start/);
  });
});

describe('inPhases', () => {
  const first = canonicalProposal({ id: 'prp_1', hash: 'h1', weights: { web: 0.5, code: 0.5 }, targetTokens: 100 });
  const second = canonicalProposal({ id: 'prp_2', hash: 'h2', weights: { code: 0.4, papers: 0.6 } });

  it('puts one mixture after another, with weight 0 where a domain has no part', () => {
    const run = inPhases(first, [{ name: null, start: 0.75, proposal: second }]);
    expect(run.domains.map(({ domain }) => domain)).toEqual(['web', 'code', 'papers']);
    expect(run.phases).toEqual([
      { name: 'phase-1', start: 0, weights: [0.5, 0.5, 0], proposalId: 'prp_1', hash: 'h1' },
      { name: 'phase-2', start: 0.75, weights: [0, 0.4, 0.6], proposalId: 'prp_2', hash: 'h2' },
    ]);
    expect(run).toMatchObject({ proposalId: 'prp_1', targetTokens: 100 });
    expect(run.provenance.phases).toEqual([
      { name: 'phase-1', proposalId: 'prp_1', hash: 'h1' },
      { name: 'phase-2', proposalId: 'prp_2', hash: 'h2' },
    ]);
  });

  it('is the first where nothing follows', () => {
    expect(inPhases(first, [])).toBe(first);
  });

  it('refuses starts that do not rise, equal names, and a document with phases of its own', () => {
    const later = (name: string | null, start: number, proposal = second) => ({ name, start, proposal });
    expect(() => inPhases(first, [later('a', 0.5), later('b', 0.4)])).toThrow('not after the one before it');
    expect(() => inPhases(first, [later('a', 0)])).toThrow('not after the one before it');
    expect(() => inPhases(first, [later('a', 90)])).toThrow('a share of the run in [0, 1), such as 0.9; got 90');
    expect(() => inPhases(first, [later('phase-1', 0.5)])).toThrow('two phases have the name "phase-1"');
    const both = inPhases(first, [later('a', 0.5)]);
    expect(() => inPhases(first, [later('b', 0.5, both)])).toThrow('prp_1 has phases of its own already');
  });
});
