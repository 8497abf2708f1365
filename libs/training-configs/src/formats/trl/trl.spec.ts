import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalProposal, checkConfig, exportProposal, readMixture } from '../../index.js';

const corpus = { tokens: { web: 3e9, code: 1e9, papers: 2e8 }, documents: { web: 3e6, code: 5e5, papers: 2e4 } };
const proposal = canonicalProposal(
  { id: 'p', weights: { web: 0.6, code: 0.3, papers: 0.1 }, targetTokens: 3e9 },
  corpus,
);
const exported = (options: Parameters<typeof exportProposal>[2]) => exportProposal(proposal, 'trl', options);
const datasetsOf = (options: Parameters<typeof exportProposal>[2]) =>
  parse(exported(options).files[0]!.content).datasets;
const check = (content: string) => checkConfig('trl', { path: 'mixture.yaml', content });

const good = `
datasets:
  - path: org/web
    fraction: 0.7
  - path: org/corpus
    name: code
    split: train
    columns: [text]
    fraction: 0.3
`;

describe('the export for TRL', () => {
  it('writes shares of rows', () => {
    expect(exported({ location: 'org/{domain}' }).files[0]!.content).toContain('fraction: 0.789473684210526\n');
    expect(datasetsOf({ location: 'org/corpus:{domain}', columns: ['text'] })[1]).toEqual({
      path: 'org/corpus',
      name: 'code',
      split: 'train',
      columns: ['text'],
      fraction: 0.197368421052632,
    });
    expect(datasetsOf({ location: '/data/{domain}.jsonl' })[0]).toMatchObject({
      path: 'json',
      data_files: '/data/web.jsonl',
    });
  });

  it('says which epochs give the tokens of the run, and how many rows are left out', () => {
    const { usage, phases } = exported({ location: 'org/{domain}' });
    // 1.2 million rows of web, 0.3 of code and 0.02 of papers have 2 billion tokens.
    expect(usage.join()).toContain('--num_train_epochs 1.5,');
    expect(phases[0]!.draws).toBe(1_520_000);
    expect(phases[0]!.domains[0]!.realised).toBeCloseTo(0.6, 12);
    expect(phases[0]!.remarks[0]).toContain('1520000 of 3520000 rows');
    expect(phases[0]!.remarks[1]).toContain('1.5 passes');
  });

  it('refuses patterns that find the files of another domain, and names that make one', () => {
    const patterns = (a: string, b: string) =>
      canonicalProposal(
        { weights: { [a]: 0.5, [b]: 0.5 } },
        { tokens: { [a]: 1, [b]: 1 }, documents: { [a]: 1, [b]: 1 } },
      );
    const location = '/data/{domain}*.jsonl';
    expect(() => exportProposal(patterns('web', 'web-forum'), 'trl', { location })).toThrow('also finds files of');
    // load_dataset reads x1.jsonl for x[1].jsonl, or stops.
    for (const location of ['/data/{domain}.jsonl', '/data/{domain}']) {
      expect(() => exportProposal(patterns('x[1]', 'web'), 'trl', { location })).toThrow(
        'means other files in a pattern',
      );
    }
  });

  it('names no epochs where the length of the run is not known', () => {
    const open = canonicalProposal({ weights: { web: 0.5, code: 0.3, papers: 0.2 } }, corpus);
    const { usage } = exportProposal(open, 'trl', { location: 'org/{domain}' });
    expect(usage.join()).toContain('--num_train_epochs or --max_steps');
  });

  it('writes names that PyYAML would read as something else in quotes', () => {
    const names = ['no', '010', '1.5', '~', 'a_b'];
    const all = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value]));
    const odd = canonicalProposal({ weights: all(0.2) }, { tokens: all(1e9), documents: all(1e6) });
    const { content } = exportProposal(odd, 'trl', { location: 'org/corpus:{domain}' }).files[0]!;
    for (const name of ['no', '010', '1.5', '~']) expect(content).toContain(`name: "${name}"`);
  });

  it('warns before a domain of which no row is left', () => {
    const tiny = canonicalProposal({ weights: { web: 1, code: 1e-9 } }, corpus);
    const { phases } = exportProposal(tiny, 'trl', { location: 'org/{domain}' });
    expect(phases[0]!.remarks.join()).toContain('no row is left of "code"');
  });
});

describe('reading a mixture for TRL', () => {
  it('finds no fault in a good one', () => {
    const { usable, findings, phases } = check(good);
    expect({ usable, findings }).toEqual({ usable: true, findings: [] });
    expect(phases[0]!.sources.map(({ key, amount }) => [key, amount])).toEqual([
      ['org/web', 0.7],
      ['org/corpus:code', 0.3],
    ]);
  });

  it.each([
    ['a fraction of some data sets alone', good.replace('    fraction: 0.7\n', ''), 'of all data sets or of none'],
    ['streaming', `${good}streaming: true\n`, 'TRL refuses fractions'],
    ['an exponent, which is text', good.replace('0.7', '1e-7'), 'not a number'],
    ['a fraction in quotes', good.replace('0.7', '"0.7"'), 'not a number'],
    ['a fraction below 0', good.replace('0.7', '-0.7'), 'below 0'],
    ['a field that is none', good.replace('fraction: 0.7', 'weight: 0.7'), 'no field'],
    ['a name that is no text', good.replace('name: code', 'name: 010'), 'put it in quotes'],
    ['no path', good.replace('path: org/web', 'split: train'), 'not a text'],
    ['fractions that sum to 0', good.replace('0.7', '0').replace('0.3', '0'), 'sum to 0'],
    ['no data sets', 'datasets: []\n', 'an empty list'],
    ['a list', '- a', 'not a map'],
  ])('refuses %s', (_, content, message) => {
    const { usable, findings } = check(content);
    expect(usable).toBe(false);
    expect(
      findings
        .filter(({ level }) => level === 'error')
        .map((finding) => finding.message)
        .join(),
    ).toContain(message);
  });

  it('takes a file with one data set for what it is', () => {
    const { usable, findings, phases } = check('dataset_name: org/web\n');
    expect(usable).toBe(true);
    expect(findings).toEqual([
      { level: 'note', where: 'dataset_name', message: expect.stringContaining('not a mixture') },
    ]);
    expect(phases[0]!.sources).toMatchObject([{ key: 'org/web', amount: null }]);
  });

  it('takes fractions of any sum, and says that they are divided by it', () => {
    const { usable, findings } = check(good.replace('0.7', '7').replace('0.3', '3'));
    expect(usable).toBe(true);
    expect(findings).toEqual([
      expect.objectContaining({ level: 'note', message: expect.stringContaining('sum to 10') }),
    ]);
  });

  it.each([
    ['no fractions', good.replaceAll(/ {4}fraction.*\n/g, ''), 'concatenates'],
    ['a name beside the list', `${good}dataset_name: org/x\n`, 'ignored'],
    ['a data set twice', good.replace('org/corpus\n    name: code', 'org/web'), 'stands twice'],
    ['a fraction of 0', good.replace('0.7', '0'), 'no row of it'],
  ])('warns of %s', (_, content, message) => {
    const { usable, findings } = check(content);
    expect(usable).toBe(true);
    expect(findings.find(({ level }) => level === 'warning')!.message).toContain(message);
  });

  it('reads a mixture as a baseline of token shares', () => {
    const file = { path: 'mixture.yaml', content: good };
    const locations = { web: { trl: 'org/web' }, code: { trl: 'org/corpus:code' } };
    const { domains } = canonicalProposal({ weights: { web: 0.5, code: 0.5 } }, { ...corpus, locations });
    expect(readMixture('trl', file, domains).weights.web).toBeCloseTo(0.7 / 1.3, 12);
  });
});
