import { describe, expect, it } from 'vitest';
import { checkConfig, exportProposal, readMixture } from '../../index.js';
import { canonicalProposal } from '../../proposal/read-proposal.js';
import { parseMegatron } from './parse.js';

const blend = (content: string) => parseMegatron({ path: 'blend.txt', content });
const perSplit = (content: unknown) =>
  parseMegatron({
    path: 'blend.json',
    content: typeof content === 'string' ? content : JSON.stringify(content),
  });
const amounts = (reading: ReturnType<typeof blend>) =>
  reading.phases[0]?.sources.map(({ key, amount }) => [key, amount]);
const said = ({ findings }: ReturnType<typeof blend>, level: string) =>
  findings.filter((finding) => finding.level === level).map(({ message }) => message);

const two = canonicalProposal({ weights: { web: 0.7, code: 0.3 } });
const location = '/data/{domain}_text_document';

describe('parseMegatron', () => {
  it('reads a blend however its words are spread over lines', () => {
    const reading = blend(' 0.7\t/a\n\n0.3 \n /b\n');
    expect(amounts(reading)).toEqual([
      ['/a', 0.7],
      ['/b', 0.3],
    ]);
    expect(reading.findings).toEqual([]);
  });

  it('reads lists of numbers, lists of words and one text alike', () => {
    for (const train of [[0.7, '/a', 0.3, '/b'], ['0.7', '/a', ' 0.3', '/b '], '0.7 /a\n0.3 /b']) {
      const reading = perSplit({ train, valid: ['/v'], test: null });
      expect(amounts(reading)).toEqual([
        ['/a', 0.7],
        ['/b', 0.3],
      ]);
      expect(reading.splits).toEqual({ valid: ['/v'], test: null });
      expect(reading.findings).toEqual([]);
    }
  });

  it('takes weights of any sum and of any form that float() takes, and notes the sum', () => {
    const reading = blend('2 /a 6. /b 1e-7 /c 1_0 /d');
    expect(amounts(reading)).toEqual([
      ['/a', 2],
      ['/b', 6],
      ['/c', 1e-7],
      ['/d', 10],
    ]);
    expect(reading.findings.map(({ level }) => level)).toEqual(['note']);
    expect(said(reading, 'note')).toEqual(['the weights sum to 18.0000001; Megatron-LM divides by that']);
  });

  it('takes one dataset alone for the whole mixture', () => {
    const reading = blend('/a\n');
    expect(amounts(reading)).toEqual([['/a', 1]]);
    expect(reading.findings).toEqual([]);
  });

  it('takes weighted validation data, with a note on what excludes it', () => {
    const reading = perSplit({ train: ['1', '/a'], valid: ['0.5', '/v', '0.5', '/w'], test: null });
    expect(reading.splits).toEqual({ valid: ['/v', '/w'], test: null });
    expect(reading.findings.map(({ level }) => level)).toEqual(['note']);
    expect(said(reading, 'note')[0]).toContain('--multiple-validation-sets');
  });

  it.each([
    [
      'a word that is no weight, which makes the trainer drop all of them',
      '0.7 /a x /b',
      /every word.*"0\.7" included/,
    ],
    ['a blank inside a path', '0.7 /my dir 0.3 /b', /every word.*"0\.7", "0\.3" included/],
    ['an odd number of words', '0.7 /a 0.3', /"0\.7", "0\.3" included/],
    ['a comment', '# main blend\n0.7 /a 0.3 /b', /knows no comments/],
    ['a weight of 0', '0.0 /a 1.0 /b', /the weight 0\.0 of \/a must be above 0/],
    ['a negative weight', '-0.5 /a 1.5 /b', /above 0/],
    ['a weight that is not finite', 'inf /a 1.5 /b', /finite/],
    ['a weight that is not a number', 'nan /a 1.5 /b', /above 0/],
    ['a file name', '0.5 /a.bin 0.5 /b', /\/a\.bin must be given without \.bin/],
    ['a number in digits that we do not read', '٣ /a 1 /b', /the weight ٣ of \/a/],
    ['nothing', ' \n', /is empty/],
  ])('has an error for %s', (_, content, message) => {
    expect(said(blend(content), 'error').join()).toMatch(message);
  });

  it.each([
    ['datasets without weights', '/a /b /c', /mixes these datasets by their sizes/],
    ['a prefix twice', '0.5 /a 0.5 /a', /\/a stands twice/],
    [
      'a split twice',
      '{"train": ["1", "/a"], "train": ["1", "/b"], "valid": null, "test": null}',
      /the last one counts/,
    ],
    ['a prefix like a number', '0.5 17 0.5 /b', /"17" stands where a prefix belongs/],
  ])('has a warning for %s', (_, content, message) => {
    const reading = blend(content);
    expect(said(reading, 'error')).toEqual([]);
    expect(said(reading, 'warning').join()).toMatch(message);
  });

  it.each([
    ['no JSON', '{"train": ', /is no JSON/],
    ['a missing split', { train: ['1.0', '/a'], valid: null }, /is missing: .* all three keys/],
    ['a split called validation', { train: ['1.0', '/a'], validation: null, test: null }, /is missing/],
    ['no training data', { train: null, valid: ['/v'], test: null }, /nothing to train on/],
    ['no data at all', { train: null, valid: null, test: null }, /mock data/],
    ['an empty list', { train: [], valid: null, test: null }, /is empty/],
    ['a number where a prefix belongs', { train: [0.5, '/a', 0.5, 7], valid: null, test: null }, /7 .*is a number/],
    ['a truth value', { train: [true, '/a'], valid: null, test: null }, /holds true/],
    ['a map of weights', { train: { '/a': 1 }, valid: null, test: null }, /not a list or one text/],
    ['a list', [1], /no JSON object/],
  ])('has an error for %s', (_, content, message) => {
    expect(said(perSplit(content), 'error').join('\n')).toMatch(message);
  });

  it('counts datasets as the index of the trainer can', () => {
    const words = (m: number) => Array.from({ length: m }, (_, i) => `1 /d${i}`).join(' ');
    expect(said(blend(words(32_766)), 'error')).toEqual([]);
    expect(said(blend(words(32_767)), 'error').join()).toContain('32767 datasets');
  });
});

describe('megatron', () => {
  it('writes both files, and says that nothing is evaluated without validation data', () => {
    const { files, usage } = exportProposal(two, 'megatron', { location });
    expect(files.map(({ path }) => path)).toEqual(['blend.txt', 'blend.per-split.json', 'megatron.meta.json']);
    expect(files[0]!.content).toBe('0.700000000000 /data/web_text_document\n0.300000000000 /data/code_text_document\n');
    expect(usage[0]).toContain('--per-split-data-args-path blend.per-split.json --eval-iters 0');
  });

  it('lists what a run is evaluated on without weights, and how to get one loss for each prefix', () => {
    const { files, usage } = exportProposal(two, 'megatron', { location, valid: ['/v/a', '/v/b'], test: ['/t'] });
    expect(JSON.parse(files[1]!.content)).toMatchObject({ valid: ['/v/a', '/v/b'], test: ['/t'] });
    expect(usage[0]).not.toContain('--eval-iters');
    // The trainer takes --multiple-validation-sets with --full-validation alone.
    expect(usage.join('\n')).toContain('--multiple-validation-sets --full-validation');
  });

  it.each([
    ['white space in a prefix', { location: '/my data/{domain}' }, 'LOCATION_INVALID', /white space/],
    ['a prefix like a number', { location: '1e{domain}' }, 'LOCATION_INVALID', /"5" looks like a number/],
    ['a file name', { location: '/data/{domain}.idx' }, 'LOCATION_INVALID', /\.idx/],
    ['a validation prefix with a blank', { location, valid: ['/v a'] }, 'LOCATION_INVALID', /option valid/],
    ['a validation prefix twice', { location, valid: ['/v', '/v'] }, 'LOCATION_DUPLICATE', /option valid .* twice/],
    ['no location', {}, 'LOCATION_MISSING', /locations\.megatron/],
  ])('refuses %s', (_, options, code, message) => {
    const proposal = canonicalProposal({ weights: { '5': 0.5, web: 0.5 } });
    expect(() => exportProposal(proposal, 'megatron', options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('tells at which iterations the phases change', () => {
    const phases = [
      { name: 'stable', start: 0, weights: { web: 0.7, code: 0.3 } },
      { name: 'anneal', start: 0.9, weights: { web: 0.2, code: 0.8 } },
    ];
    const { files } = exportProposal(canonicalProposal({ phases }), 'megatron', { location, trainSteps: 1000 });
    expect(files.map(({ path }) => path)).toContain('phase-2-anneal/blend.txt');
    expect(files.find(({ path }) => path === 'PHASES.md')!.content).toContain('--phase-transition-iterations 900:');
  });

  it('tells what the trainer would do with a blend that a user has, and takes it as a baseline', () => {
    const file = { path: 'mine.txt', content: '2 /data/web_text_document\n6 /data/code_text_document\n' };
    const corpus = [{ domain: 'web' }, { domain: 'code' }, { domain: 'papers' }];
    const report = checkConfig('megatron', file, corpus, { location });
    expect(report.usable).toBe(true);
    expect(report.phases[0]!.sources.map(({ domain, share, realised }) => [domain, share, realised])).toEqual([
      ['web', 0.25, 0.25],
      ['code', 0.75, 0.75],
    ]);
    expect(readMixture('megatron', file, corpus, { location }).weights).toEqual({ web: 0.25, code: 0.75, papers: 0 });
  });
});
