import { describe, expect, it } from 'vitest';
import { canonicalProposal, checkConfig, exportProposal, inPhases, readMixture } from '../../index.js';

const corpus = { tokens: { web: 3e9, code: 1e9, papers: 2e8 }, documents: { web: 3e6, code: 5e5, papers: 2e4 } };
const proposal = (weights: Record<string, number> = { web: 0.6, code: 0.3, papers: 0.1 }) =>
  canonicalProposal({ id: 'p', weights, targetTokens: 2e9 }, corpus);
const domains = proposal().domains;

const fileOf = (files: readonly { path: string; content: string }[], path: string) =>
  files.find((file) => file.path === path)!.content;
const mixtureOf = (options: Parameters<typeof exportProposal>[2], given = proposal()) =>
  JSON.parse(fileOf(exportProposal(given, 'hf-interleave', options).files, 'mixture.json'));

/** Every domain of the same size, with any name. */
function named(names: readonly string[]) {
  const all = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value]));
  return canonicalProposal({ id: 'p', weights: all(1 / names.length) }, { tokens: all(1e9), documents: all(1e6) });
}

const mixture = (fields: object) => ({
  path: 'mixture.json',
  content: JSON.stringify({
    datasets: [
      { path: 'org/web', split: 'train' },
      { path: 'org/code', split: 'train' },
    ],
    probabilities: [0.7, 0.3],
    seed: 42,
    stopping_strategy: 'all_exhausted',
    streaming: true,
    columns: null,
    ...fields,
  }),
});
const check = (fields: object) => checkConfig('hf-interleave', mixture(fields));
const script = (content: string) => checkConfig('hf-interleave', { path: 'train.py', content });

describe('the export for interleave_datasets', () => {
  it('divides token shares by the tokens of a document and writes numbers of 15 decimals', () => {
    const { files } = exportProposal(proposal(), 'hf-interleave', { location: 'org/{domain}' });
    // 0.6/1000 : 0.3/2000 : 0.1/10000 = 60 : 15 : 1
    const numbers = fileOf(files, 'mixture.json').match(/0\.\d{6,}/g)!;
    expect(numbers).toEqual(['0.789473684210526', '0.197368421052632', '0.013157894736842']);
  });

  it.each([
    ['org/{domain}', { path: 'org/web', split: 'train' }],
    ['org/corpus:{domain}', { path: 'org/corpus', name: 'web', split: 'train' }],
    ['org/corpus:{domain}:train[:10%]', { path: 'org/corpus', name: 'web', split: 'train[:10%]' }],
    ['org/{domain}::validation', { path: 'org/web', split: 'validation' }],
    ['/data/{domain}', { path: '/data/web', split: 'train' }],
    ['/data/{domain}/*.jsonl.zst', { path: 'json', data_files: '/data/web/*.jsonl.zst', split: 'train' }],
    ['s3://b/{domain}.parquet', { path: 'parquet', data_files: 's3://b/web.parquet', split: 'train' }],
    ['{domain}.txt', { path: 'text', data_files: 'web.txt', split: 'train' }],
  ])('passes the location %s to load_dataset as %j', (location, expected) => {
    expect(mixtureOf({ location }).datasets[0]).toEqual(expected);
  });

  it('takes the split of the option for every data set that names none, and train for files', () => {
    const { datasets } = mixtureOf({ location: 'org/{domain}', split: 'validation' });
    expect(datasets.map(({ split }: { split: string }) => split)).toEqual(['validation', 'validation', 'validation']);
    expect(mixtureOf({ location: '{domain}.csv', split: 'validation' }).datasets[0].split).toBe('train');
  });

  it.each([
    ['s3://bucket/{domain}', 'is a URL'],
    ['org/team/{domain}', 'no name on the Hub'],
    ['org/my {domain}', 'no name on the Hub'],
    ['org/{domain}:', 'after a colon'],
    ['org/{domain}:a/b', 'no legal configuration'],
    [' org/{domain}', 'white space'],
  ])('refuses the location %j', (location, message) => {
    expect(() => mixtureOf({ location })).toThrow(message);
  });

  it.each(['hf-interleave', 'trl', 'axolotl', 'open-instruct'])(
    '%s takes the location registered for the Hub',
    (format) => {
      const locations = { web: { huggingface: 'org/fineweb' } };
      const registered = canonicalProposal({ weights: { web: 1 }, targetTokens: 1e9 }, { ...corpus, locations });
      expect(exportProposal(registered, format).phases[0]!.domains[0]!.key).toBe('org/fineweb');
    },
  );

  it('refuses two domains that are the same data set, however they are written', () => {
    const twice = canonicalProposal(
      { weights: { web: 0.5, code: 0.5 } },
      {
        ...corpus,
        locations: { web: { 'hf-interleave': 'org/a' }, code: { 'hf-interleave': 'org/a::train' } },
      },
    );
    expect(() => exportProposal(twice, 'hf-interleave')).toThrow('the same location org/a');
  });

  it('refuses patterns that find the files of another domain', () => {
    const facts = { web: 1, 'web-forum': 1 };
    const overlapping = canonicalProposal(
      { weights: { web: 0.5, 'web-forum': 0.5 } },
      { tokens: facts, documents: facts },
    );
    expect(() => exportProposal(overlapping, 'hf-interleave', { location: '/data/{domain}*.jsonl' })).toThrow(
      'also finds files of "web-forum"',
    );
  });

  it('keeps names that other formats stumble over, in folders', () => {
    const names = [
      'no',
      '010',
      '1:30',
      '~',
      '<<',
      '#x',
      '- a',
      'a: b',
      `"'`,
      'back\\slash',
      'größe',
      '日本 🚀',
      '7',
      'a,b;c',
    ];
    const { datasets } = mixtureOf({ location: '/data/{domain}' }, named(names));
    expect(datasets.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(names.map((name) => `/data/${name}`)),
    );
  });

  it('holds 400 domains whose probabilities still sum to 1', () => {
    const names = Array.from({ length: 400 }, (_, i) => `d${i}`);
    const { probabilities } = mixtureOf({ location: '/data/{domain}' }, named(names));
    const sum = probabilities.reduce((total: number, value: number) => total + value, 0);
    expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
  });

  it('leaves a domain of weight 0 out and says so, and needs no documents of it', () => {
    const facts = { tokens: { web: 1e9, code: 1e9 }, documents: { web: 1e6 } };
    const result = exportProposal(canonicalProposal({ weights: { web: 1, code: 0 } }, facts), 'hf-interleave', {
      location: 'org/{domain}',
    });
    expect(JSON.parse(result.files[0]!.content).probabilities).toEqual([1]);
    expect(result.warnings.join()).toContain('"code"');
  });

  it('refuses a corpus without documents, naming the domains', () => {
    const bare = canonicalProposal({ weights: { web: 0.5, code: 0.5 } }, { tokens: corpus.tokens });
    expect(() => exportProposal(bare, 'hf-interleave', { location: 'org/{domain}' })).toThrow('"web", "code"');
  });

  it('writes what its options say', () => {
    const options = {
      location: 'org/{domain}',
      stoppingStrategy: 'first_exhausted',
      streaming: false,
      seed: 7,
      columns: ['text'],
    };
    expect(mixtureOf(options)).toMatchObject({
      stopping_strategy: 'first_exhausted',
      streaming: false,
      seed: 7,
      columns: ['text'],
    });
    const { usage } = exportProposal(proposal(), 'hf-interleave', options);
    expect(usage.join()).not.toContain('max_steps');
  });

  it('previews the drift of a mixture that repeats nothing', () => {
    const options = {
      location: 'org/{domain}',
      stoppingStrategy: 'all_exhausted_without_replacement',
      targetTokens: 4e9,
    };
    const [phase] = exportProposal(proposal(), 'hf-interleave', options).phases;
    expect(phase!.remarks.join()).toContain('"papers" is used up after 50 % of the run');
    // 0.2 of 4 billion tokens at most.
    expect(phase!.domains[2]!.realised).toBeLessThan(0.06);
  });

  it('gives each phase a folder, and says how to go on', () => {
    const phases = inPhases(proposal(), [
      { name: 'anneal', start: 0.9, proposal: proposal({ web: 0.3, code: 0.4, papers: 0.3 }) },
    ]);
    const { files, usage } = exportProposal(phases, 'hf-interleave', { location: 'org/{domain}' });
    expect(files.map(({ path }) => path)).toContain('phase-2-anneal/load_mixture.py');
    expect(fileOf(files, 'PHASES.md')).toContain('ignore_data_skip=True');
    expect(usage.join()).toContain('one mixture a run');
  });
});

describe('reading a mixture for interleave_datasets', () => {
  it('finds no fault in a good one, and gives shares of tokens', () => {
    const { usable, findings, phases } = check({});
    expect({ usable, findings }).toEqual({ usable: true, findings: [] });
    expect(phases[0]!.sources.map(({ key, amount }) => [key, amount])).toEqual([
      ['org/web', 0.7],
      ['org/code', 0.3],
    ]);
  });

  it.each([
    [
      'three times 0.333333',
      {
        datasets: ['a', 'b', 'c'].map((path) => ({ path, split: 'train' })),
        probabilities: [0.333333, 0.333333, 0.333333],
      },
      'sums to 0.999999',
    ],
    ['a sum off by 1.6e-8', { probabilities: [0.7, 0.300000016] }, 'numpy refuses'],
    ['a list that is too short', { probabilities: [1] }, '1 values for 2 data sets'],
    ['a probability below 0', { probabilities: [1.5, -0.5] }, 'holds -0.5'],
    ['text for a number', { probabilities: ['0.7', '0.3'] }, 'is no number'],
    ['an unknown rule', { stopping_strategy: 'all' }, 'must be one of'],
    ['no split', { datasets: [{ path: 'a' }, { path: 'b' }] }, 'refuses that'],
    ['a name in place of arguments', { datasets: ['org/web', 'org/code'] }, 'not an object'],
    [
      'no path',
      {
        datasets: [
          { name: 'a', split: 'train' },
          { path: 'b', split: 'train' },
        ],
      },
      'not a text',
    ],
    [
      'an argument that chooses nothing',
      {
        datasets: [
          { path: 'a', split: 'train', weight: 0.7 },
          { path: 'b', split: 'train' },
        ],
      },
      'no argument',
    ],
    ['no data sets', { datasets: [] }, 'an empty one'],
    ['0 without streaming, which never ends', { probabilities: [1, 0], streaming: false }, 'built without end'],
    ['a seed that is none', { seed: -1 }, 'whole number'],
  ])('refuses %s', (_, fields, message) => {
    const { usable, findings } = check(fields);
    expect(usable).toBe(false);
    expect(findings.find(({ level }) => level === 'error')!.message).toContain(message);
  });

  it('takes a sum off by 1.4e-8, as numpy does, and says so', () => {
    const { usable, findings } = check({ probabilities: [0.7, 0.300000014] });
    expect(usable).toBe(true);
    expect(findings.map(({ level }) => level)).toEqual(['note']);
  });

  it.each([
    ['0 with streaming', { probabilities: [1, 0] }, 'never ends'],
    [
      '0 that the first to run out ends',
      { probabilities: [1, 0], stopping_strategy: 'first_exhausted' },
      'never drawn',
    ],
    ['no seed', { seed: null }, 'an order of its own'],
    [
      'a data set twice',
      {
        datasets: [
          { path: 'a', split: 'train' },
          { path: 'a', split: 'train' },
        ],
      },
      'stands twice',
    ],
  ])('warns of %s', (_, fields, message) => {
    const { usable, findings } = check(fields);
    expect(usable).toBe(true);
    expect(findings.find(({ level }) => level === 'warning')!.message).toContain(message);
  });

  it('says what is no JSON, and what stands twice', () => {
    const read = (content: string) => checkConfig('hf-interleave', { path: 'mixture.json', content }).findings;
    expect(read('{')[0]!.message).toContain('no JSON');
    // A map of names to weights, as people keep it: one finding with the way out, and no list of all else it lacks.
    const map = read('{"allenai/c4": 0.7}').filter(({ where }) => where !== 'allenai/c4');
    expect(map).toHaveLength(1);
    expect(map[0]).toMatchObject({ level: 'error', where: 'datasets' });
    expect(map[0]!.message).toMatch(/^is missing: expected \{"datasets": .* interleave_datasets$/);
    expect(
      read('{"datasets": [{"path": "a", "split": "train"}], "probabilities": [1], "probabilities": [1.0]}')[0],
    ).toMatchObject({
      where: 'probabilities',
    });
  });
});

describe('reading a script that calls interleave_datasets', () => {
  it('reads literal data sets and probabilities, by name or in place', () => {
    const { usable, phases } = script(
      [
        'from datasets import load_dataset, interleave_datasets',
        'web = load_dataset("org/web", split="train", streaming=True)',
        "code = load_dataset('org/corpus', 'code', streaming=True)['train'].shuffle(seed=1)",
        'P = [0.7, 0.3]',
        'train = interleave_datasets([web, code], probabilities=P, seed=42)',
      ].join('\n'),
    );
    expect(usable).toBe(true);
    expect(phases[0]!.sources.map(({ key, amount }) => [key, amount])).toEqual([
      ['org/web', 0.7],
      ['org/corpus:code', 0.3],
    ]);
  });

  it('finds what is loaded behind names that are assigned again', () => {
    const { phases } = script(
      [
        "web = load_dataset('org/web', split='train')",
        "web = web.select_columns(['text'])",
        "code = load_dataset('org/code', split='train')",
        'shuffled = code.shuffle(seed=1)',
        "both = load_dataset('org/a', split='train')",
        "both = load_dataset('org/b', split='train')",
        'train = interleave_datasets([web, shuffled, both, other()], probabilities=[0.4, 0.3, 0.2, 0.1], seed=1)',
      ].join('\n'),
    );
    // Which of two is meant, and what a function loads, is not told.
    expect(phases[0]!.sources.map(({ key }) => key)).toEqual(['org/web', 'org/code', 'both', 'other()']);
  });

  it('refuses what the call refuses', () => {
    const { usable, findings } = script('interleave_datasets([a, b, c], [0.333333, 0.333333, 0.333333], 42)');
    expect(usable).toBe(false);
    expect(findings[0]!.message).toContain('sums to 0.999999');
  });

  it.each([
    ['weights that are computed', 'interleave_datasets([a, b], probabilities=weights())', 'cannot be read'],
    ['no call', 'print(1)', 'does not call interleave_datasets'],
    ['no Python', 'interleave_datasets([a, b]', 'line 1'],
  ])('refuses a script with %s', (_, content, message) => {
    const { usable, findings } = script(content);
    expect(usable).toBe(false);
    expect(`${findings[0]!.where}: ${findings[0]!.message}`).toContain(message);
  });

  it('leaves a loader of mixture.json to that file', () => {
    const { files } = exportProposal(proposal(), 'hf-interleave', { location: 'org/{domain}' });
    const report = script(fileOf(files, 'load_mixture.py'));
    expect(report.findings.map(({ message }) => message)).toEqual(['the file holds no weights']);
  });
});

describe('a mixture for interleave_datasets as a baseline', () => {
  const options = { location: 'org/{domain}' };

  it('becomes shares of tokens', () => {
    const file = mixture({
      datasets: ['web', 'code', 'papers'].map((name) => ({ path: `org/${name}`, split: 'train' })),
      probabilities: [0.789473684210526, 0.197368421052632, 0.013157894736842],
    });
    const { weights } = readMixture('hf-interleave', file, domains, options);
    expect(weights.web).toBeCloseTo(0.6, 12);
    expect(weights.code).toBeCloseTo(0.3, 12);
    expect(weights.papers).toBeCloseTo(0.1, 12);
  });

  it('is refused without probabilities', () => {
    const read = () => readMixture('hf-interleave', mixture({ probabilities: null }), domains, options);
    expect(read).toThrow('gives "org/web" no weight');
  });

  it('is refused with a data set that the corpus does not have', () => {
    expect(() => readMixture('hf-interleave', mixture({}), domains, { location: 'other/{domain}' })).toThrow(
      '"org/web"',
    );
  });
});
