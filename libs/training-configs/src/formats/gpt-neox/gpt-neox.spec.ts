import { describe, expect, it } from 'vitest';
import { readOptions } from '../../export/options.js';
import { checkConfig, exportProposal } from '../../index.js';
import { canonicalProposal } from '../../proposal/read-proposal.js';
import { gptNeoxFormat } from './gpt-neox.format.js';

const read = (content: string) =>
  gptNeoxFormat.parse({ path: 'mine.yml', content }, readOptions('gpt-neox', gptNeoxFormat.options, {}));
const said = ({ findings }: ReturnType<typeof read>, level: string) =>
  findings.filter((finding) => finding.level === level).map(({ where, message }) => `${where}: ${message}`);
const amounts = (reading: ReturnType<typeof read>) =>
  reading.phases[0]?.sources.map(({ key, amount }) => [key, amount]);

const others = '"valid-data-paths": ["/v"], "valid-data-weights": [1.0], "test-data-paths": ["/v"]';
const options = { location: '/data/{domain}_text_document', valid: ['/v'], test: ['/t'] };
const two = canonicalProposal({ id: 'prp_1', weights: { web: 0.7, code: 0.3 } });

describe('parseGptNeox', () => {
  it("reads the project's own style: JSON with hyphens, comments and a trailing comma", () => {
    const reading = read(`# mine
{
  "train-data-paths": ["/a", "/b"], # two
  "train-data-weights": [2, 6.],
  ${others},
  "data-impl": "mmap",
}
`);
    expect(amounts(reading)).toEqual([
      ['/a', 2],
      ['/b', 6],
    ]);
    expect(reading.splits).toEqual({ valid: ['/v'], test: ['/v'] });
    expect(reading.findings.map(({ level }) => level)).toEqual(['note']);
    expect(said(reading, 'note')).toEqual(['train_data_weights: sums to 8; GPT-NeoX divides by that']);
  });

  it('gives every dataset the same weight where there are none, as the trainer does', () => {
    const reading = read(`{"train_data_paths": ["/a", "/b"], ${others}}`);
    expect(amounts(reading)).toEqual([
      ['/a', 1],
      ['/b', 1],
    ]);
    expect(said(reading, 'warning').join()).toContain('train_data_weights: is missing');
  });

  const weighted = (weights: string, more = others) =>
    `{"train_data_paths": ["/a", "/b"], "train_data_weights": ${weights}, ${more}}`;

  it.each([
    ['no YAML', '{"train_data_paths": [', /./],
    ['a list', '[1, 2]', /a list, not a map/],
    ['a bare key that is no text', `{"train_data_paths": ["/a"], on: 1, ${others}}`, /the key on is no text/],
    ['no validation data', weighted('[0.5, 0.5]', '"test_data_paths": ["/t"]'), /valid_data_paths: is missing/],
    ['no test data', weighted('[0.5, 0.5]', '"valid_data_paths": ["/t"]'), /test_data_paths: is missing/],
    ['no training data', `{"data_path": "/a"}`, /train_data_paths: is missing/],
    ['data_path beside the lists', weighted('[0.5, 0.5]', `${others}, "data-path": "/d"`), /data_path: excludes/],
    [
      'weights made from documents',
      weighted('[0.5, 0.5]', `${others}, "weight_by_num_documents": true`),
      /weight_by_num_documents: replaces/,
    ],
    ['epochs', weighted('[0.5, 0.5]', `${others}, "train_epochs": 1`), /train_epochs: takes no weights/],
    ['an exponent without a point, which PyYAML takes for text', weighted('[1e-7, 0.9]'), /1\.0e-7/],
    ['a weight as text', weighted('["0.5", 0.5]'), /"0\.5" is no number/],
    ['a weight too few', weighted('[1.0]'), /1 weights for 2 paths/],
    ['a negative weight', weighted('[-0.5, 1.5]'), /-0\.5 must be a number above 0/],
    ['nothing but zeros', weighted('[0, 0]'), /sums to 0/],
    ['one path as text', `{"train_data_paths": "/a", ${others}}`, /no list/],
    [
      'a bare path that is a number',
      `{"train_data_paths": [010], "train_data_weights": [1.0], ${others}}`,
      /8 is no path/,
    ],
    ['a file name', `{"train_data_paths": ["/a.bin"], "train_data_weights": [1.0], ${others}}`, /without \.bin/],
    ['an argument in both spellings', `{"train-data-paths": ["/x"], ${weighted('[1, 1]').slice(1)}`, /stands twice/],
  ])('has an error for %s', (_, content, message) => {
    expect(said(read(content), 'error').join('\n')).toMatch(message);
  });

  it.each([
    ['a weight of 0', weighted('[0, 1]'), /opened all the same/],
    ['packing that keeps documents whole', weighted('[1, 0.5]', `${others}, "pack_impl": "unpacked"`), /pack_impl/],
    ['a path twice', `{"train_data_paths": ["/a", "/a"], "train_data_weights": [1, 1], ${others}}`, /stands twice/],
  ])('has a warning for %s', (_, content, message) => {
    expect(said(read(content), 'error')).toEqual([]);
    expect(said(read(content), 'warning').join('\n')).toMatch(message);
  });

  it('takes 254 datasets and no more', () => {
    const file = (m: number) => {
      const list = Array.from({ length: m }, (_, i) => i);
      return JSON.stringify({
        train_data_paths: list.map((i) => `/d${i}`),
        train_data_weights: list.map(() => 1),
        valid_data_paths: ['/v'],
        test_data_paths: ['/t'],
      });
    };
    expect(said(read(file(254)), 'error')).toEqual([]);
    expect(said(read(file(255)), 'error').join()).toContain('at most 254');
  });
});

describe('gpt-neox', () => {
  it('writes JSON below comments, under a name made from the proposal', () => {
    const { files, usage } = exportProposal(two, 'gpt-neox', options);
    const { path, content } = files[0]!;
    expect(path).toBe('mixture_prp_1.yml');
    expect(JSON.parse(content.replace(/^#.*\n/gm, ''))).toEqual({
      train_data_paths: ['/data/web_text_document', '/data/code_text_document'],
      train_data_weights: [0.7, 0.3],
      valid_data_paths: ['/v'],
      valid_data_weights: [1],
      test_data_paths: ['/t'],
      test_data_weights: [1],
    });
    expect(usage.join('\n')).toContain('Delete data_path');
  });

  it.each([
    ['a b/../c:d', 'mixture_a-b-..-c-d.yml'],
    ['x'.repeat(300), `mixture_${'x'.repeat(100)}.yml`],
    [undefined, 'mixture.yml'],
  ])('makes a legal file name of the id %j', (id, path) => {
    const proposal = canonicalProposal({ id, weights: { web: 1 } });
    expect(exportProposal(proposal, 'gpt-neox', options).files[0]!.path).toBe(path);
  });

  it('is refused without validation or test data, with the reason', () => {
    const { valid, test, location } = options;
    expect(() => exportProposal(two, 'gpt-neox', { location, test })).toThrow(
      /all.* three|training, validation and test/,
    );
    expect(() => exportProposal(two, 'gpt-neox', { location, valid })).toThrow(/give the option test/);
    expect(() => exportProposal(two, 'gpt-neox', { location })).toThrow(/give the options valid and test/);
    expect(exportProposal(two, 'gpt-neox', { location, valid, test: valid }).files).toHaveLength(2);
  });

  it('refuses a 255th domain', () => {
    const many = (m: number) =>
      canonicalProposal({ weights: Object.fromEntries(Array.from({ length: m }, (_, i) => [`d${i}`, 1 / m])) });
    expect(exportProposal(many(254), 'gpt-neox', options).phases[0]!.domains).toHaveLength(254);
    expect(() => exportProposal(many(255), 'gpt-neox', options)).toThrow(/at most 254/);
  });

  it('holds names that YAML would read as something else', () => {
    const names = ['no', '010', '1:30', '~', '<<', '#x', '- a', 'a: b', "it's", 'ж', '🙂', 'a b', '0.5', 'back\\slash'];
    const proposal = canonicalProposal({ weights: Object.fromEntries(names.map((name) => [name, 1 / names.length])) });
    const { files } = exportProposal(proposal, 'gpt-neox', { ...options, location: '{domain}' });
    expect(amounts(read(files[0]!.content))!.map(([key]) => key)).toEqual(names);
  });

  it('tells what the trainer would do with a file that a user has', () => {
    const content = `{"train_data_paths": ["/a", "/b"], "train_data_weights": [1, 3], ${others}}`;
    const report = checkConfig('gpt-neox', { path: 'mine.yml', content });
    expect(report.usable).toBe(true);
    expect(report.phases[0]).toMatchObject({ sampler: 'greedy blend', draws: 10_000 });
    expect(report.phases[0]!.sources.map(({ realised }) => realised)).toEqual([0.25, 0.75]);
  });

  it('tells at which iterations the phases change', () => {
    const phases = [
      { name: 'stable', start: 0, weights: { web: 0.7, code: 0.3 } },
      { name: 'anneal', start: 0.9, weights: { web: 0.2, code: 0.8 } },
    ];
    const proposal = canonicalProposal({ id: 'p', phases });
    const { files } = exportProposal(proposal, 'gpt-neox', { ...options, trainSteps: 1000 });
    expect(files.map(({ path }) => path)).toContain('phase-2-anneal/mixture_p.yml');
    expect(files.find(({ path }) => path === 'PHASES.md')!.content).toMatch(/ends \(900\)/);
  });
});
