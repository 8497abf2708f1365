import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalProposal, checkConfig, type ExportOptions, exportProposal, readMixture } from '../../index.js';

const corpus = { tokens: { web: 3e9, code: 1e9, papers: 2e8 }, documents: { web: 3e6, code: 5e5, papers: 2e4 } };
const proposal = canonicalProposal(
  { id: 'p', weights: { web: 0.6, code: 0.3, papers: 0.1 }, targetTokens: 4e9 },
  corpus,
);
const exported = (options: ExportOptions = { location: 'org/{domain}' }) =>
  exportProposal(proposal, 'axolotl', options);
const datasetsOf = (options?: ExportOptions) => parse(exported(options).files[0]!.content).datasets;
const check = (content: string) => checkConfig('axolotl', { path: 'train.yaml', content });

const good = `
base_model: org/model
datasets:
  - path: org/web
    type: completion
    weight: 0.4
  - path: org/corpus
    name: code
    split: train
    type: completion
    weight: 1.0
`;

describe('the export for Axolotl', () => {
  it('keeps all of the domain that is repeated most, and of the others what the ratios ask for', () => {
    // Passes of 0.8, 1.2 and 2.
    expect(datasetsOf().map(({ weight }: { weight: number }) => weight)).toEqual([0.4, 0.6, 1]);
    expect(exported().usage.join()).toContain('num_epochs: 2,');
  });

  it('writes what its options say', () => {
    expect(datasetsOf({ location: 'org/corpus:{domain}', type: 'chat_template', split: 'test' })[0]).toEqual({
      path: 'org/corpus',
      name: 'web',
      split: 'test',
      type: 'chat_template',
      weight: 0.4,
    });
    expect(datasetsOf({ location: '/data/{domain}.parquet' })[0]).toMatchObject({
      path: '/data/web.parquet',
      ds_type: 'parquet',
    });
  });

  it('refuses a pattern of files', () => {
    expect(() => exported({ location: '/data/{domain}/*.jsonl' })).toThrow('one file or folder');
  });

  it('warns of versions that ignore weights', () => {
    expect(exported().warnings.join()).toContain('ignores the key');
  });

  it('previews the rows that are kept, and how often the run passes them', () => {
    const [phase] = exported().phases;
    expect(phase!.draws).toBe(1_200_000 + 300_000 + 20_000);
    expect(phase!.domains[1]!.realised).toBeCloseTo(0.3, 12);
    expect(phase!.remarks.join()).toContain('2 passes over them');
  });

  it('needs no documents, and no run length', () => {
    const bare = canonicalProposal({ weights: { web: 0.5, code: 0.5 } }, { tokens: corpus.tokens });
    const { files, usage } = exportProposal(bare, 'axolotl', { location: 'org/{domain}' });
    expect(files[0]!.content).toContain('weight: 0.333333333333333\n');
    expect(usage.join()).toContain('num_epochs or max_steps');
  });

  it('leaves out a weight that 15 decimals cannot hold, and refuses missing tokens', () => {
    const tiny = canonicalProposal({ weights: { web: 1, code: 1e-18 } }, corpus);
    expect(exportProposal(tiny, 'axolotl', { location: 'org/{domain}' }).warnings.join()).toContain(
      '"code" was left out',
    );
    const bare = canonicalProposal({ weights: { web: 1 } });
    expect(() => exportProposal(bare, 'axolotl', { location: 'org/{domain}' })).toThrow('"web"');
  });
});

describe('reading a training file of Axolotl', () => {
  it('finds no fault in a good one', () => {
    const { usable, findings, phases } = check(good);
    expect({ usable, findings }).toEqual({ usable: true, findings: [] });
    expect(phases[0]!.sources.map(({ key, amount }) => [key, amount])).toEqual([
      ['org/web', 0.4],
      ['org/corpus:code', 1],
    ]);
  });

  it('takes a data set without a weight whole, and text that is a number', () => {
    const { usable, phases } = check(good.replace('    weight: 1.0\n', '').replace('0.4', '1e-3'));
    expect(usable).toBe(true);
    expect(phases[0]!.sources.map(({ amount }) => amount)).toEqual([0.001, 1]);
  });

  it.each([
    ['more than all rows', good.replace('0.4', '1.5'), 'at most 1'],
    ['a weight of 0', good.replace('0.4', '0'), 'above 0'],
    ['a word', good.replace('0.4', 'half'), 'above 0'],
    ['streaming, which ignores weights', `${good}streaming: true\n`, 'ignores the weights'],
    ['no path', good.replace('path: org/web', 'split: train'), 'not a text'],
    ['a name that is no text', good.replace('name: code', 'name: no'), 'put it in quotes'],
    ['no data sets', 'base_model: x\n', 'not a list'],
  ])('refuses %s', (_, content, message) => {
    const { usable, findings } = check(content);
    expect(usable).toBe(false);
    expect(findings.find(({ level }) => level === 'error')!.message).toContain(message);
  });

  it.each([
    ['no weights', good.replaceAll(/ {4}weight.*\n/g, ''), 'have no weight'],
    ['another list that is read instead', `${good}pretraining_dataset: org/x\n`, 'in place of datasets'],
    ['a data set twice', good.replace('org/corpus\n    name: code', 'org/web'), 'stands twice'],
  ])('warns of %s', (_, content, message) => {
    const { usable, findings } = check(content);
    expect(usable).toBe(true);
    expect(findings.find(({ level }) => level === 'warning')!.message).toContain(message);
  });

  it('is a baseline of token shares', () => {
    const file = { path: 'train.yaml', content: good.replace('org/corpus\n    name: code', 'org/code') };
    const { weights } = readMixture('axolotl', file, proposal.domains, { location: 'org/{domain}' });
    // 0.4 of 3 billion tokens, and all of 1 billion.
    expect(weights.web).toBeCloseTo(1.2 / 2.2, 12);
  });
});
