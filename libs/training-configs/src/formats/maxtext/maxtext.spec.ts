import { describe, expect, it } from 'vitest';
import { readOptions } from '../../export/options.js';
import { canonicalProposal, checkConfig, exportProposal } from '../../index.js';
import { maxTextFormat } from './maxtext.format.js';

const options = readOptions('maxtext', maxTextFormat.options, {});
const json = (value: unknown) =>
  maxTextFormat.parse(
    { path: 'mix.json', content: typeof value === 'string' ? value : JSON.stringify(value, null, '\t') },
    options,
  );
const inline = (content: string) => maxTextFormat.parse({ path: 'base.yml', content }, options);
const levels = ({ findings }: ReturnType<typeof json>) => findings.map(({ level }) => level);
const sourcesOf = ({ phases }: ReturnType<typeof json>) => phases[0]!.sources;

describe('a mixture of MaxText as JSON', () => {
  it('is read in the order of the file, as the example of its documentation', () => {
    const reading = json({
      ds2: { path: 'gs://path/to/dataset2.array_record*', weight: 0.6 },
      '10': { path: 'gs://path/to/dataset1.array_record*', weight: 0.4 },
    });
    expect(reading.findings).toEqual([]);
    // An object of JavaScript would put "10" first; written out, it stands first indeed.
    expect(sourcesOf(reading)).toEqual([
      { key: '10', amount: 0.4 },
      { key: 'ds2', amount: 0.6 },
    ]);
    const text = '{"ds2": {"path": "a", "weight": 6}, "10": {"path": "b", "weight": "4"}}';
    expect(sourcesOf(json(text)).map(({ key }) => key)).toEqual(['ds2', '10']);
    expect(levels(json(text))).toEqual(['note']);
  });

  it.each([
    ['no JSON', '{"a": {"path": "a", "weight": 1},}'],
    ['a list', [{ path: 'a', weight: 1 }]],
    ['nothing', {}],
    ['a number for a data set', { a: 0.5 }],
    ['no weight', { a: { path: 'a' } }],
    ['no path', { a: { weight: 1 } }],
    ['a weight of 0, which Grain refuses', { a: { path: 'a', weight: 0 }, b: { path: 'b', weight: 1 } }],
    ['a negative weight', { a: { path: 'a', weight: -1 } }],
    ['a weight in words', { a: { path: 'a', weight: 'half' } }],
    ['a name twice', '{"a": {"path": "a", "weight": 1}, "a": {"path": "b", "weight": 1}}'],
  ])('is refused with %s', (_, value) => {
    expect(levels(json(value))).toContain('error');
  });

  it('says which wildcards may find nothing, in a file and in an export', () => {
    const path = 'gs://bucket/web/part-*/x.array_record*';
    expect(json({ a: { path, weight: 1 } }).findings).toMatchObject([{ level: 'note', where: 'a.path' }]);
    const { warnings } = exportProposal(canonicalProposal({ weights: { web: 1 } }), 'maxtext', {
      location: 'gs://bucket/{domain}/part-*/x.array_record*',
      samples: 'sequences',
    });
    expect(warnings.join()).toContain(`the pattern ${path} has a wildcard in a folder`);
  });

  it('says what MaxText would not read', () => {
    const reading = json({ a: { path: 'a', weight: true, seed: 1 } });
    expect(reading.findings).toMatchObject([
      { level: 'note', where: 'a.seed' },
      { level: 'warning', where: 'a.weight' },
    ]);
  });
});

describe('grain_train_files', () => {
  it.each([
    '/tmp/a.array_record*,0.3;/tmp/b.array_record*,0.7',
    'python3 -m maxtext.trainers.pre_train.train run_name=r grain_train_files=/tmp/a.array_record*,0.3;/tmp/b.array_record*,0.7 steps=5',
    'dataset_type: grain\ngrain_train_files: "/tmp/a.array_record*,0.3;/tmp/b.array_record*,0.7" # two\n',
    "grain_train_files: '/tmp/a.array_record*,3;/tmp/b.array_record*, 7'",
  ])('is found and read: %s', (content) => {
    const reading = inline(content);
    expect(reading.findings).toEqual([]);
    expect(sourcesOf(reading)).toEqual([
      { key: '/tmp/a.array_record*', amount: 0.3 },
      { key: '/tmp/b.array_record*', amount: 0.7 },
    ]);
  });

  it('is rounded to four decimals as Python rounds, half to even', () => {
    const thirds = inline('a,1;b,1;c,1');
    expect(sourcesOf(thirds).map(({ amount }) => amount)).toEqual([0.3333, 0.3333, 0.3333]);
    expect(levels(thirds)).toEqual(['note', 'note', 'note']);
    const halves = inline('a,1;b,3;c,5;d,23');
    expect(sourcesOf(halves).map(({ amount }) => amount)).toEqual([0.0312, 0.0938, 0.1562, 0.7188]);
  });

  it('loses small weights: a warning beyond a percent, an error at 0', () => {
    expect(inline('a,0.00123;b,0.99877').findings).toMatchObject([
      { level: 'warning', message: expect.stringContaining('0.00123 of a is rounded to 0.0012') },
      { level: 'note' },
    ]);
    expect(inline('a,0.00004;b,0.99996').findings).toMatchObject([
      { level: 'error', message: expect.stringContaining('0 after MaxText rounds') },
      { level: 'note' },
    ]);
  });

  it.each([
    ['a ";" at its end', 'a,0.3;b,0.7;', 'ends in ";"'],
    ['a comma in a path', 'a,b,0.3;c,0.7', 'comma in its path'],
    ['a comma in every path', 'a,b,0.3;c,d,0.7', 'comma in its path'],
    ['a data set without a weight', 'a,0.3;b', 'has no weight'],
    ['a weight of 0', 'a,0;b,1', 'no number above 0'],
    ['a weight in words', 'a,x;b,1', 'no number above 0'],
  ])('is refused with %s', (_, content, message) => {
    expect(inline(content).findings).toMatchObject([{ level: 'error', message: expect.stringContaining(message) }]);
  });

  it('is one data set without ";", weight included', () => {
    const one = inline('grain_train_files=/tmp/c4.array_record*');
    expect(one).toMatchObject({
      findings: [],
      phases: [{ sources: [{ key: '/tmp/c4.array_record*', amount: null }] }],
    });
    expect(levels(inline('/tmp/c4.array_record*,0.5'))).toEqual(['warning']);
  });

  it('is missed in a file that has none', () => {
    expect(inline('steps: 5\nrun_name: r\n')).toMatchObject({ findings: [{ level: 'error' }], phases: [] });
  });
});

describe('an export for MaxText', () => {
  const facts = { tokens: { web: 3e9, code: 1e8 }, documents: { web: 3e6, code: 1e5 } };
  const proposal = (more = {}) => canonicalProposal({ weights: { web: 0.7, code: 0.3 } }, { ...facts, ...more });

  it('tells the num_epoch that lets the most repeated data set last', () => {
    const { usage } = exportProposal(proposal({ targetTokens: 1e9 }), 'maxtext', maxTextFormat.example);
    expect(usage[0]).toContain('num_epoch=4.');
    expect(exportProposal(proposal(), 'maxtext', maxTextFormat.example).usage[0]).toContain('num_epoch=N');
  });

  it('shows the shares that Grain’s whole proportions give', () => {
    const { phases } = exportProposal(proposal(), 'maxtext', { ...maxTextFormat.example, draws: 333_000 });
    expect(phases[0]!.domains.map(({ realised }) => realised)).toEqual([0.6996996997, 0.3003003003]);
    expect(phases[0]!.remarks).toHaveLength(1);
  });

  it('writes token shares where a record is a packed sequence', () => {
    const { files } = exportProposal(proposal(), 'maxtext', { ...maxTextFormat.example, samples: 'sequences' });
    expect(files[0]!.content).toContain('"weight": 0.700000000000');
    const report = checkConfig('maxtext', files[0]!, [], { samples: 'sequences' });
    expect(report.phases[0]!.sources.map(({ tokenShare }) => tokenShare)).toEqual([0.7, 0.3]);
  });

  it('is refused for two domains in the same files', () => {
    expect(() => exportProposal(proposal(), 'maxtext', { location: 'gs://b/all*' })).toThrow('same files gs://b/all*');
  });
});
