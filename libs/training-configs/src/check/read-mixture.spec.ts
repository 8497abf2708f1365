import { describe, expect, it } from 'vitest';
import { canonicalProposal, exportProposal, formatNames, formats } from '../index.js';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';
import { readMixture } from './read-mixture.js';

const corpus: CanonicalDomain[] = [
  { domain: 'web', tokens: 3e9, documents: 3e6 },
  { domain: 'code', tokens: 1e9, documents: 5e5 },
  { domain: 'papers', tokens: 2e8, documents: 2e4 },
];
const location = { location: '/data/{domain}' };
const read = (content: string, options: Record<string, string> = location, domains = corpus, phase?: string) =>
  readMixture('megatron', { path: 'blend.txt', content }, domains, options, phase);

describe('readMixture', () => {
  it.each(formatNames)('reads from an export of %s the mixture that went into it', (name) => {
    const weights = { web: 0.6, code: 0.3, papers: 0.1 };
    const { example } = formats[name]!;
    const byName = (fact: 'tokens' | 'documents') =>
      Object.fromEntries(corpus.map((domain) => [domain.domain, domain[fact]!]));
    const proposal = canonicalProposal(
      { weights },
      { tokens: byName('tokens'), documents: byName('documents'), targetTokens: 2e9 },
    );
    const found = exportProposal(proposal, name, example).files.flatMap((file) => {
      if (file.path === `${name}.meta.json`) return [];
      try {
        return [readMixture(name, file, corpus, example)];
      } catch (error) {
        // A program that reads another file of the export.
        expect((error as Error).message).toContain('holds no weights');
        return [];
      }
    });
    expect(found.length).toBeGreaterThan(0);
    for (const mixture of found) {
      expect(mixture.notes).toEqual([]);
      for (const [domain, weight] of Object.entries(weights)) expect(mixture.weights[domain]).toBeCloseTo(weight, 9);
    }
  });

  it('divides by the sum, and says which domains of the corpus have no part', () => {
    expect(read('3 /data/web 1 /data/code')).toEqual({
      weights: { web: 0.75, code: 0.25, papers: 0 },
      phase: null,
      notes: ['not in the file, so with weight 0: "papers"'],
    });
  });

  it('adds up what a file gives one domain in several lines, and says so', () => {
    const mixture = read('0.5 /data/web 0.25 /data/web 0.25 web');
    expect(mixture.weights.web).toBe(1);
    expect(mixture.notes).toContain('"web" stands in the file more than once: its weights were added up');
  });

  it('wants to be told which of several phases counts', () => {
    const phases = [
      { name: 'stable', start: 0, weights: { web: 1 } },
      { name: 'anneal', start: 0.9, weights: { web: 0.25, code: 0.75 } },
    ];
    const file = { path: 'm.json', content: JSON.stringify({ phases }) };
    expect(readMixture('json', file, corpus, {}, 'anneal')).toMatchObject({
      weights: { web: 0.25, code: 0.75, papers: 0 },
      phase: 'anneal',
    });
    expect(() => readMixture('json', file, corpus)).toThrow('has 2 phases: choose one of stable, anneal');
    expect(() => readMixture('json', file, corpus, {}, 'cool')).toThrow('has no phase "cool"; it has stable, anneal');
  });

  it.each([
    ['a file the trainer misreads', '0.7 /my dir 0.3 /data/web', 'is not weight and prefix in turn'],
    ['sources without weights', '/data/web /data/code', 'gives "/data/web" no weight'],
    [
      'an unknown source',
      '0.7 /data/web 0.3 /data/wen',
      'the corpus has no domain for "/data/wen": give locations.megatron with the corpus, or a template for all domains in the option "location"',
    ],
    ['no words', '', 'blend.txt'],
  ])('refuses %s', (_, content, message) => {
    expect(() => read(content)).toThrow(message);
  });
});
