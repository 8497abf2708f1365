import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  canonicalProposal,
  checkConfig,
  type ExportOptions,
  exportProposal,
  inPhases,
  readMixture,
} from '../../index.js';

const corpus = { tokens: { web: 3e9, code: 1e9, papers: 2e8 }, documents: { web: 3e6, code: 5e5, papers: 2e4 } };
const proposal = (weights: Record<string, number> = { web: 0.6, code: 0.3, papers: 0.1 }) =>
  canonicalProposal({ id: 'p', weights, targetTokens: 2e9 }, corpus);
const written = (options: ExportOptions = {}) =>
  parse(exportProposal(proposal(), 'llama-factory', options).files[0]!.content);
const named = (name: string) =>
  canonicalProposal(
    { weights: { [name]: 0.5, web: 0.5 } },
    { tokens: { [name]: 1e9, web: 1e9 }, documents: { [name]: 1e6, web: 1e6 } },
  );
const check = (content: string, options: ExportOptions = {}) =>
  checkConfig('llama-factory', { path: 'train.yaml', content }, [], options);

const good = `
stage: pt
dataset: web, code
streaming: true
max_steps: 1000
mix_strategy: interleave_over
interleave_probs: 0.7,0.3
`;
const errors = (report: ReturnType<typeof check>) =>
  report.findings.filter(({ level }) => level === 'error').map(({ message }) => message);

describe('the export for the v0 engine of LLaMA-Factory', () => {
  it('writes names and probabilities of documents in one order', () => {
    expect(written()).toEqual({
      dataset: 'web,code,papers',
      streaming: true,
      mix_strategy: 'interleave_over',
      interleave_probs: '0.789473684210526,0.197368421052632,0.013157894736842',
    });
  });

  it('writes max_steps where the steps of the run are known, and asks for them where not', () => {
    expect(written({ batchSize: 512, sequenceLength: 4096 }).max_steps).toBe(954);
    expect(exportProposal(proposal(), 'llama-factory', { trainSteps: 10 }).usage.join()).not.toContain('Set max_steps');
    expect(exportProposal(proposal(), 'llama-factory').usage.join()).toContain('Set max_steps');
  });

  it('gives each phase its own steps', () => {
    const anneal = { name: 'anneal', start: 0.9, proposal: proposal({ web: 0.3, code: 0.4, papers: 0.3 }) };
    const { files } = exportProposal(inPhases(proposal(), [anneal]), 'llama-factory', { trainSteps: 1005 });
    const steps = files
      .filter(({ path }) => path.endsWith('mixture.yaml'))
      .map(({ content }) => parse(content).max_steps);
    // 0.9 × 1005 = 904.5
    expect(steps).toEqual([905, 100]);
    expect(files.find(({ path }) => path === 'PHASES.md')!.content).toContain('model_name_or_path');
  });

  it.each([
    ['a,b', 'contains a comma'],
    [' a', 'white space'],
    ['$' + '{a}', 'OmegaConf'],
    ['???', 'missing value'],
  ])('refuses the name %j', (name, message) => {
    expect(() => exportProposal(named(name), 'llama-factory')).toThrow(message);
  });

  it.each(['no', '010', '1:30', '~', '#x', '- a', 'a: b', `"'`, 'back\\slash', '日本 🚀'])(
    'keeps the name %j',
    (name) => {
      const { files } = exportProposal(named(name), 'llama-factory');
      expect(parse(files[0]!.content).dataset.split(',')).toEqual([name, 'web']);
    },
  );

  it('reads the data before training where that is asked for', () => {
    expect(written({ download: true, mixStrategy: 'interleave_once' })).toMatchObject({
      streaming: false,
      mix_strategy: 'interleave_once',
    });
    const { warnings } = exportProposal(proposal(), 'llama-factory', { mixStrategy: 'interleave_once' });
    expect(warnings).toEqual([expect.stringContaining('does not know interleave_once')]);
  });
});

describe('the export for the v1 engine of LLaMA-Factory', () => {
  it('writes passes over each data set', () => {
    expect(written({ engine: 'v1', location: '/data/{domain}.jsonl' })).toEqual({
      web: { path: '/data/web.jsonl', source: 'local', split: 'train', weight: 0.4 },
      code: { path: '/data/code.jsonl', source: 'local', split: 'train', weight: 0.6 },
      papers: { path: '/data/papers.jsonl', source: 'local', split: 'train', weight: 1 },
    });
    expect(written({ engine: 'v1', location: 'org/{domain}' }).web).toEqual({
      path: 'org/web',
      split: 'train',
      weight: 0.4,
    });
  });

  it('previews rows cut to whole ones, drawn with replacement', () => {
    const { phases } = exportProposal(proposal(), 'llama-factory', { engine: 'v1', location: 'org/{domain}' });
    expect(phases[0]!.draws).toBe(1_200_000 + 300_000 + 20_000);
    expect(phases[0]!.remarks[0]).toContain('37 %');
  });

  it.each([
    [{ engine: 'v1' }, 'needs to know where "web" lies'],
    [{ engine: 'v1', location: 'org/corpus:{domain}' }, 'has a colon'],
    [{ engine: 'v1', location: '/data/{domain}/*.jsonl' }, 'wildcard'],
    [{ engine: 'v1', location: 'org/{domain}', mixStrategy: 'interleave_over' }, 'is for engine v0'],
    [{ engine: 'v1', location: 'org/{domain}', trainSteps: 5 }, 'is for engine v0'],
    [{ engine: 'v1', location: 'org/{domain}', download: true }, 'is for engine v0'],
  ])('refuses %j', (options, message) => {
    expect(() => exportProposal(proposal(), 'llama-factory', options)).toThrow(message);
  });

  it('keeps the order of names that are whole numbers', () => {
    const odd = canonicalProposal(
      {
        weights: [
          { domain: 'web', weight: 0.5 },
          { domain: '7', weight: 0.5 },
        ],
        targetTokens: 1e9,
      },
      { tokens: { web: 1e9, 7: 1e9 } },
    );
    const { files } = exportProposal(odd, 'llama-factory', { engine: 'v1', location: '/data/{domain}' });
    expect(files[0]!.content).toMatch(/^"7":$/m);
  });
});

describe('reading a training file of LLaMA-Factory', () => {
  it('finds no fault in a good one', () => {
    const { usable, findings, phases } = check(good);
    expect({ usable, findings }).toEqual({ usable: true, findings: [] });
    expect(phases[0]!.sources.map(({ key, amount }) => [key, amount])).toEqual([
      ['web', 0.7],
      ['code', 0.3],
    ]);
  });

  it.each([
    ['probabilities without interleaving', good.replace('interleave_over', 'concat'), 'mix_strategy that interleaves'],
    ['an unknown strategy', good.replace('interleave_over', 'interleave_all'), 'must be concat'],
    ['too few probabilities', good.replace('0.7,0.3', '"1.0"'), '1 values for 2'],
    ['one number that is no text', good.replace('0.7,0.3', '1.0'), 'put it in quotes'],
    [
      'three times 0.333333',
      good.replace('web, code', 'a,b,c').replace('0.7,0.3', '0.333333,0.333333,0.333333'),
      'sums to',
    ],
    ['other data sets for evaluation', `${good}eval_dataset: web\n`, '1 data sets for 2'],
    ['a comma too many', good.replace('web, code', 'web,').replace('0.7', '0.7'), 'no name before or after'],
    ['a word for a number', good.replace('0.7', 'most'), 'is no number'],
    ['a held-out share of streamed data', `${good}val_size: 0.1\n`, 'whole number of examples'],
    ['a cut of streamed data', `${good}max_samples: 100\n`, 'refused beside streaming'],
    ['0 without streaming', good.replace('true', 'false').replace('0.7,0.3', '1.0,0.0'), 'built without end'],
    ['a truth value for the names', good.replace('web, code', 'no'), 'put it in quotes'],
    ['no data', 'stage: pt\n', 'is missing'],
    ['a key twice', `${good}dataset: a\n`, 'is no YAML'],
    ['a data file of the other engine', 'web: {path: org/web, weight: 1.0}\n', 'give the option engine v1'],
  ])('refuses %s', (_, content, message) => {
    const report = check(content);
    expect(report.usable).toBe(false);
    expect(errors(report).join()).toContain(message);
  });

  it('reads exponents as numbers, as OmegaConf and float() do', () => {
    const { usable, phases } = check(good.replace('0.7,0.3', '1e-1,9e-1'));
    expect(usable).toBe(true);
    expect(phases[0]!.sources[0]!.amount).toBe(0.1);
  });

  it.each([
    ['no probabilities', good.replace(/interleave_probs.*\n/, ''), 'take turns'],
    ['neither', 'dataset: a,b\n', 'one after the other'],
    ['a name twice', good.replace('web, code', 'web,web'), 'stands twice'],
    ['0 in a stream', good.replace('0.7,0.3', '1.0,0.0'), 'never ends'],
    ['a cut of each data set', good.replace('true', 'false').concat('max_samples: 100\n'), 'begin anew sooner'],
  ])('warns of %s', (_, content, message) => {
    const { usable, findings } = check(content);
    expect(usable).toBe(true);
    expect(findings.find(({ level }) => level === 'warning')!.message).toContain(message);
  });

  it('is a baseline of token shares', () => {
    const { domains } = proposal();
    const { weights } = readMixture('llama-factory', { path: 'train.yaml', content: good }, domains);
    expect(weights.web).toBeCloseTo(0.7 / 1.3, 12);
    expect(weights.papers).toBe(0);
  });
});

describe('reading a data file of the v1 engine', () => {
  const v1 = (content: string) => check(content, { engine: 'v1' });

  it('takes what has no weight once, beside others that have one', () => {
    const { usable, phases } = v1('web: {path: org/web, weight: 0.5}\n2024: {path: org/code}\n');
    expect(usable).toBe(true);
    expect(phases[0]!.sources.map(({ key, amount }) => [key, amount])).toEqual([
      ['org/web', 0.5],
      ['org/code', 1],
    ]);
  });

  it.each([
    ['a weight of 0, which keeps all rows', 'web: {path: a, weight: 0}', 'every row is used'],
    ['a weight below 0', 'web: {path: a, weight: -1}', 'not a number above 0'],
    ['text', 'web: {path: a, weight: "0.5"}', 'not a number above 0'],
    ['streaming', 'web: {path: a, weight: 0.5, streaming: true}', 'cannot index'],
    ['no path in it', 'web: {path: 5, weight: 0.5}', 'not a text'],
    ['a training file', good, 'give the option engine v0'],
  ])('refuses %s', (_, content, message) => {
    const report = v1(content);
    expect(report.usable).toBe(false);
    expect(errors(report).join()).toContain(message);
  });

  it('warns of sizes and of no weights at all', () => {
    expect(v1('web: {path: a, size: 100, weight: 2.0}\n').findings[0]).toMatchObject({
      level: 'warning',
      where: 'size',
    });
    expect(v1('web: {path: a}\n').findings[0]!.message).toContain('no weights');
  });
});
