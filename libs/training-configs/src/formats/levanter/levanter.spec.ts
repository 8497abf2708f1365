import { describe, expect, it } from 'vitest';
import { readOptions } from '../../export/options.js';
import { canonicalProposal, checkConfig, exportProposal, readMixture } from '../../index.js';
import { readPythonYaml } from '../../reading/python-yaml.js';
import { levanterFormat } from './levanter.format.js';
import { parseLevanter } from './parse.js';

const location = 'gs://bucket/{domain}/*.jsonl.gz';
const weights = { web: 0.6, code: 0.3, papers: 0.1 };
const phases = [
  { name: 'stable', start: 0, weights },
  { name: 'anneal', start: 0.9, weights: { web: 0, code: 0.5, papers: 0.5 } },
];

const run = (document: object, options: Record<string, string | number> = {}) =>
  exportProposal(canonicalProposal(document), 'levanter', { location, ...options });
const dataOf = ({ files }: ReturnType<typeof exportProposal>) =>
  (readPythonYaml(files[0]!.content).value as { data: Record<string, unknown> }).data;

const parse = (content: string, given = {}) =>
  parseLevanter({ path: 'config.yaml', content }, readOptions('levanter', levanterFormat.options, given));
const complaints = (content: string, given = {}) =>
  parse(content, given).findings.map(({ level, where }) => `${level} ${where}`);

/** A configuration with data for evaluation alone, and a schedule. */
const config = `data:
  cache_dir: "gs://bucket/tokenized"
  tokenizer: "EleutherAI/gpt-neox-20b"
  shuffle: 100000
  configs:
    dclm:
      train_urls:
        - gs://bucket/dclm/**/*.zstd
    code:
      id: org/code
    # just for eval
    "paloma/c4_en":
      validation_urls:
        - gs://bucket/paloma/val*.jsonl.gz
  train_weights:
    - - 0
      - dclm: 7
        code: 3
        paloma/c4_en: 0.0
    - - 4000
      - code: 0.5
        dclm: 0.5
  mixture_block_size: 2048
model:
  type: llama
  seq_len: 4096
trainer:
  train_batch_size: 1024
  num_train_steps: 5000
optimizer:
  learning_rate: 1E-3
`;

describe('what is exported for Levanter', () => {
  it('is a map of sources and a map of weights', () => {
    expect(dataOf(run({ weights }))).toEqual({
      configs: {
        web: { train_urls: ['gs://bucket/web/*.jsonl.gz'] },
        code: { train_urls: ['gs://bucket/code/*.jsonl.gz'] },
        papers: { train_urls: ['gs://bucket/papers/*.jsonl.gz'] },
      },
      train_weights: weights,
      mixture_block_size: 2048,
      stop_strategy: 'restart',
    });
  });

  it('keeps a weight of 0, which means evaluation alone', () => {
    expect(dataOf(run({ weights: { web: 1, code: 0 } }))).toMatchObject({ train_weights: { web: 1, code: 0 } });
  });

  it('tells Hugging Face ids from files by their looks, and a cache where it is told so', () => {
    const proposal = canonicalProposal(
      { weights: { a: 0.25, b: 0.25, c: 0.25, d: 0.25 } },
      {
        locations: {
          a: { levanter: 'org/corpus' },
          b: { levanter: 'org/corpus:english' },
          c: { levanter: 's3://bucket/c' },
          d: { levanter: 'data/d.jsonl.gz' },
        },
      },
    );
    const exported = (options = {}) => dataOf(exportProposal(proposal, 'levanter', options));
    expect(exported()).toMatchObject({
      configs: {
        a: { id: 'org/corpus' },
        b: { id: 'org/corpus', name: 'english' },
        c: { train_urls: ['s3://bucket/c'] },
        d: { train_urls: ['data/d.jsonl.gz'] },
      },
    });
    expect(exported({ source: 'cache' }).configs).toMatchObject({ a: { cache_dir: 'org/corpus' } });
    expect(exported({ source: 'url' }).configs).toMatchObject({ a: { train_urls: ['org/corpus'] } });
    expect(() => exported({ source: 'hf' })).toThrow(/Hugging Face id of "c" is not of the form owner\/name/);
  });

  it('is written in the layout of Marin where that is asked for', () => {
    const { components, configs } = dataOf(run({ weights }, { layout: 'components', cacheDir: 'gs://bucket/cache' }));
    expect(configs).toBeUndefined();
    expect(components).toMatchObject({ web: { source: { type: 'url', train_urls: ['gs://bucket/web/*.jsonl.gz'] } } });
    const ids = dataOf(run({ weights }, { layout: 'components', location: 'org/{domain}' }));
    expect(ids.components).toMatchObject({ web: { source: { type: 'hf', id: 'org/web' } } });
    const caches = run({ weights }, { layout: 'components', source: 'cache', location: 'gs://b/{domain}-1a2b' });
    expect(dataOf(caches).components).toMatchObject({ web: { cache_dir: 'gs://b/web-1a2b' } });
  });

  it.each([
    ['a name that leaves the folder of the caches', { './web': 0.5, code: 0.5 }, {}, /a part "." or ".."/],
    ['a name that leaves the folder of the files', { '../web': 0.5, code: 0.5 }, {}, /leads out of the folder/],
    ['a name that is a path of its own', { '/web': 0.5, code: 0.5 }, {}, /begins with "\/"/],
    ['one location for two domains', weights, { location: 'gs://bucket/all/*.gz' }, /"web" and "code" have the same/],
    ['a block that Levanter refuses', weights, { blockSize: 65_536 }, /whole number from 1 to 65535; got 65536/],
    ['no location', weights, { location: undefined }, /levanter needs to know where "web" lies/],
  ])('is refused with %s', (_, weights, options, message) => {
    expect(() => exportProposal(canonicalProposal({ weights }), 'levanter', { location, ...options })).toThrow(message);
  });
});

describe('the block of the mixture', () => {
  const blockFor = (least: number) => dataOf(run({ weights: { web: 1 - least, dust: least } })).mixture_block_size;

  it('warns of a weight for a source without training data', () => {
    expect(complaints(config).join()).not.toContain('warning');
    expect(complaints(config.replace('id: org/code', 'Id: org/code'))).toContain('warning data.configs.code');
    expect(complaints(config.replace('c4_en: 0.0', 'c4_en: 0.1'))).toContain('warning data.configs.paloma/c4_en');
  });

  it('is the power of two from 2048 to 32768 that gives the least weight eight sequences', () => {
    expect([0.1, 0.004, 0.003, 0.001, 0.0003, 0.00025, 0.0001].map(blockFor)).toEqual([
      2048, 2048, 4096, 8192, 32_768, 32_768, 32_768,
    ]);
  });

  it('is the one that is asked for, if it holds every weight', () => {
    expect(dataOf(run({ weights }, { blockSize: 100 })).mixture_block_size).toBe(100);
    expect(() => run({ weights: { web: 0.995, dust: 0.005 } }, { blockSize: 100 })).toThrow(
      /never draw from "dust": a block of 100 sequences .* weight of 0.005 is less than one.*option "blockSize"/,
    );
  });

  it('cannot hold a weight below one of 32768 sequences, which is refused by name', () => {
    expect(() => run({ weights: { web: 1 - 3e-5, dust: 3e-5 } })).toThrow(
      /never draw from "dust": .* Give each domain at least 0.000031, or 0$/,
    );
    expect(blockFor(3.1e-5)).toBe(32_768);
  });

  it('decides what each domain gets, which the export says', () => {
    const { phases } = run({ weights: { web: 0.9999, dust: 0.0001 } });
    expect(phases[0]!.domains.map(({ realised }) => realised)).toEqual([0.999908447266, 0.000091552734375]);
    expect(phases[0]!.remarks).toEqual(['"dust" gets 3 of 32768 sequences, where its share is 3.28']);
  });
});

describe('the phases of a run', () => {
  it('are stages that begin where a block ends, moved there where they do not', () => {
    const result = run({ phases }, { trainSteps: 1000, batchSize: 512 });
    expect(dataOf(result).train_weights).toEqual([
      [0, { web: 0.6, code: 0.3, papers: 0.1 }],
      [900, { web: 0, code: 0.5, papers: 0.5 }],
    ]);
    expect(result.warnings).toEqual([]);
    const moved = run({ phases }, { trainSteps: 1001, batchSize: 512 });
    expect(dataOf(moved).train_weights).toMatchObject([
      [0, {}],
      [900, {}],
    ]);
    expect(moved.warnings).toEqual([
      'phase anneal begins at step 900 instead of 901: Levanter changes the mixture where a block of 2048 sequences ends, ' +
        'which is every 4 steps of 512 sequences',
    ]);
  });

  it('hold blocks of any size and batch: every start is a multiple', () => {
    for (const [batchSize, blockSize] of [
      [96, 2048],
      [1000, 300],
      [7, 64],
      [4096, 2048],
    ] as const) {
      const [, second] = dataOf(run({ phases }, { trainSteps: 5000, batchSize, blockSize })).train_weights as [
        number,
        object,
      ][];
      expect((second![0] * batchSize) % blockSize).toBe(0);
      expect(Math.abs(second![0] - 4500) * batchSize).toBeLessThanOrEqual((blockSize * batchSize) / 2);
    }
  });

  it('need the batch, and as many blocks as there are phases', () => {
    expect(() => run({ phases }, { trainSteps: 1000 })).toThrow(/to know at which step that is, give batchSize/);
    expect(() => run({ phases }, { trainSteps: 60, batchSize: 32 })).toThrow(
      /phase "anneal" cannot begin at a step of its own: .* every 64 steps, and the run has 60.*"blockSize"/,
    );
    const small = run({ phases }, { trainSteps: 60, batchSize: 32, blockSize: 64 });
    expect(dataOf(small).train_weights).toMatchObject([
      [0, {}],
      [54, {}],
    ]);
  });
});

describe('what Levanter reads', () => {
  it('is every stage, its sources in the order of configs', () => {
    expect(parse(config)).toEqual({
      findings: [{ level: 'note', where: 'data.train_weights[0]', message: 'sums to 10; Levanter divides by that' }],
      phases: [
        {
          name: null,
          start: 0,
          sources: [
            { key: 'dclm', amount: 7 },
            { key: 'code', amount: 3 },
            { key: 'paloma/c4_en', amount: 0 },
          ],
        },
        {
          name: null,
          start: 4000,
          sources: [
            { key: 'dclm', amount: 0.5 },
            { key: 'code', amount: 0.5 },
          ],
        },
      ],
      settings: { mixture_block_size: 2048, stop_strategy: 'restart' },
    });
  });

  it('is a map of weights, the inner part of a file that is included, and components', () => {
    const inner = 'configs: {a: {id: o/a}, b: {id: o/b}}\ntrain_weights: {a: 0.5, b: 0.5}\n';
    const sources = [
      { key: 'a', amount: 0.5 },
      { key: 'b', amount: 0.5 },
    ];
    expect(parse(inner)).toMatchObject({ findings: [], phases: [{ start: 0, sources }] });
    const components = inner.replace('configs', 'components').replace('{id: o/a}', '{source: {type: hf, id: o/a}}');
    expect(parse(`data:\n  ${components.replace('\n', '\n  ')}`)).toMatchObject({
      findings: [],
      phases: [{ sources }],
    });
  });

  it('is equal weights for components without any', () => {
    expect(parse('data: {components: {a: {cache_dir: x}, b: {cache_dir: y}}}')).toMatchObject({
      findings: [{ level: 'note' }, { level: 'note' }],
      phases: [
        {
          sources: [
            { key: 'a', amount: 1 },
            { key: 'b', amount: 1 },
          ],
        },
      ],
    });
  });

  it.each([
    ['a stage in the middle of a block', config.replace('4000', '4001'), ['error data.train_weights[1]']],
    ['stages that do not rise', config.replace('4000', '0'), ['error data.train_weights[1]']],
    ['a first stage that is late', config.replace('- - 0\n', '- - 2\n'), ['error data.train_weights[0]']],
    ['a start in words', config.replace('- - 4000', '- - late'), ['error data.train_weights[1]']],
    [
      'a weight of no data set',
      config.replace('        dclm: 0.5', '        web: 0.5'),
      ['error data.train_weights[1].web'],
    ],
    [
      'a weight below 0',
      config.replace('code: 0.5', 'code: -0.5').replace('dclm: 0.5', 'dclm: 1.5'),
      ['error data.train_weights[1].code'],
    ],
    ['a weight in words', config.replace('code: 0.5', 'code: half'), ['error data.train_weights[1].code']],
    ['an exponent', config.replace('code: 0.5', 'code: 5e-1'), ['warning data.train_weights[1].code']],
    ['a block of 65536', config.replace('2048', '65536'), ['error data.mixture_block_size']],
    ['a block of half a sequence', config.replace('2048', '0.5'), ['error data.mixture_block_size']],
    ['a weight that a block loses', config.replace('code: 3', 'code: 0.001'), ['warning data.train_weights[0]']],
    ['a field of no version', config.replace('shuffle:', 'shuffled:'), ['warning data.shuffled']],
    [
      'a rule that ends the data',
      config.replace('shuffle: 100000', 'stop_strategy: first_exhausted'),
      ['warning data.stop_strategy'],
    ],
    ['a rule that is none', config.replace('shuffle: 100000', 'stop_strategy: never'), ['error data.stop_strategy']],
    [
      'a name that is no text',
      'data: {configs: {no: {id: a/b}}, train_weights: {no: 1.0}}',
      ['warning line 1', 'warning line 1'],
    ],
    ['no weights', 'data: {configs: {a: {id: a/b}}}', ['error data.train_weights']],
    ['weights of 0', 'data: {configs: {a: {id: a/b}}, train_weights: {a: 0.0}}', ['error data.train_weights']],
    ['weights in a text', 'data: {configs: {a: {id: a/b}}, train_weights: half}', ['error data.train_weights']],
    ['a single data set', 'data: {id: a/b}', ['error data']],
    ['configs and components', 'data: {configs: {a: {id: b}}, components: {a: {}}}', ['error data']],
    ['data in another file', 'data: !include data/mix.yaml\nmodel: {type: gpt2}\n', ['error data']],
    ['no data', 'model: {type: gpt2}\n', ['error data']],
  ])('complains of %s', (_, content, expected) => {
    const found = complaints(content).filter((line) => line !== 'note data.train_weights[0]');
    expect(found.filter((line) => !line.startsWith('note'))).toEqual(expected);
  });

  it('leaves open whether stages begin with a block while the batch is not known', () => {
    const alone = config.slice(0, config.indexOf('model:'));
    expect(complaints(alone)).toContain('note data.train_weights');
    expect(complaints(alone, { batchSize: 1024 })).not.toContain('note data.train_weights');
    expect(complaints(alone, { batchSize: 1 })).toContain('error data.train_weights[1]');
  });
});

describe('a configuration that exists already', () => {
  const file = { path: 'config.yaml', content: config };
  const domains = [{ domain: 'dclm' }, { domain: 'code' }, { domain: 'paloma/c4_en' }];

  it('is a baseline, one of its stages at a time', () => {
    expect(readMixture('levanter', file, domains, {}, '1').weights).toEqual({
      dclm: 0.7,
      code: 0.3,
      'paloma/c4_en': 0,
    });
    expect(() => readMixture('levanter', file, domains)).toThrow(/has 2 phases: choose one of 1, 2/);
  });

  it('is checked with what each block gives', () => {
    const report = checkConfig('levanter', file, domains);
    expect(report.phases.map(({ sources }) => sources.map(({ realised }) => realised))).toEqual([
      [1434 / 2048, 614 / 2048, 0],
      [0.5, 0.5],
    ]);
  });
});
