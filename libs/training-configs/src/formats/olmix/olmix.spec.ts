import { describe, expect, it } from 'vitest';
import { canonicalProposal, checkConfig, exportProposal, readMixture } from '../../index.js';
import { readPythonYaml, type YamlMap, yamlEntries } from '../../reading/python-yaml.js';
import { parseOlmix } from './parse.js';

const weights = [
  { domain: 'dclm', weight: 0.6 },
  { domain: 'code:python', weight: 0.3 },
  { domain: '2024', weight: 0.1 },
];
const mixOf = ({ files }: ReturnType<typeof exportProposal>) =>
  (readPythonYaml(files[0]!.content).value as { mix: YamlMap }).mix;

const parse = (content: string, path = 'launch.yaml') => parseOlmix({ path, content });
const complaints = (content: string) => parse(content).findings.map(({ level, where }) => `${level} ${where}`);
const amounts = (content: string) => parse(content).phases[0]!.sources.map(({ key, amount }) => [key, amount]);

/** A launch configuration with topics, as people write them. */
const launch = `name: mix-baseline
training:
  proxy_model_id: olmo3_14m
  chinchilla_multiple: 0.5
  global_batch_size: 16
data:
  sources:
  - name: dclm
    topics:
    - name: science
      paths: [s3://bucket/dclm/science/**/*.npy]
    - name: software
      quality:
      - {name: high, paths: [s3://bucket/dclm/software/high/*.npy]}
      - {name: low, paths: [s3://bucket/dclm/software/low/*.npy]}
  - name: wikipedia
    paths: [s3://bucket/wikipedia/*.npy]
mix:
  dclm:
    weight: 0.8
    repetition_factor: 1.5
    science:
      weight: 0.5
    software:
      weight: 0.5
      repetition_factor: 2.0
      high: 0.75     # a bare number is a weight
      low: 0.25
  wikipedia:
    weight: 0.2
    repetition_factor: 1.0
`;

describe('what is exported for olmix', () => {
  it('is a flat mix in the order of the proposal, topics as source:topic', () => {
    const facts = { tokens: { dclm: 1e9, 'code:python': 1e8, '2024': 1e9 }, targetTokens: 1e9 };
    const proposal = canonicalProposal({ weights }, facts);
    expect(yamlEntries(mixOf(exportProposal(proposal, 'olmix')))).toEqual([
      ['dclm', { weight: 0.6, repetition_factor: 1 }],
      ['code:python', { weight: 0.3, repetition_factor: 3 }],
      ['2024', { weight: 0.1, repetition_factor: 1 }],
    ]);
  });

  it('takes names from the corpus or from a template', () => {
    const proposal = canonicalProposal(
      { weights: { science: 0.5, wiki: 0.5 } },
      { locations: { wiki: { olmix: 'wikipedia' } } },
    );
    expect(Object.keys(mixOf(exportProposal(proposal, 'olmix', { location: 'dclm:{domain}' })))).toEqual([
      'dclm:science',
      'wikipedia',
    ]);
  });

  it('gives a repetition factor of 1 where facts are missing, and says so', () => {
    const result = exportProposal(canonicalProposal({ weights: { web: 0.5, code: 0.5 } }), 'olmix');
    expect(mixOf(result)).toEqual({
      web: { weight: 0.5, repetition_factor: 1 },
      code: { weight: 0.5, repetition_factor: 1 },
    });
    expect(result.usage.at(-1)).toMatch(/factor is 1 .*"web", "code"/);
  });

  it.each([
    ['white space', 'my data', /white space/],
    ['a quote', "it's", /a quote/],
    ['an empty part', 'dclm:', /empty part/],
    ['four parts', 'a:b:c:d', /more than three parts/],
  ])('is refused for a name with %s', (_, name, message) => {
    expect(() => exportProposal(canonicalProposal({ weights: { [name]: 0.5, web: 0.5 } }), 'olmix')).toThrow(message);
  });

  it('has a file for each phase', () => {
    const phases = [
      { name: 'stable', start: 0, weights: { web: 0.7, code: 0.3 } },
      { name: 'anneal', start: 0.5, weights: { web: 0.2, code: 0.8 } },
    ];
    const { files } = exportProposal(canonicalProposal({ phases }, { targetTokens: 1000 }), 'olmix');
    expect(files.map(({ path }) => path).slice(0, 3)).toEqual([
      'phase-1-stable/olmix.yaml',
      'phase-2-anneal/olmix.yaml',
      'PHASES.md',
    ]);
    expect(files[2]!.content).toContain('(stable 500, anneal 500)');
  });
});

describe('what olmix reads', () => {
  it('multiplies the weights on the way to a leaf and inherits the repetition factor', () => {
    const { findings, phases, settings } = parse(launch);
    expect(findings).toEqual([]);
    expect(phases).toEqual([
      {
        name: null,
        start: 0,
        sources: [
          { key: 'dclm:science', amount: 0.4 },
          { key: 'dclm:software:high', amount: expect.closeTo(0.3, 12) },
          { key: 'dclm:software:low', amount: 0.1 },
          { key: 'wikipedia', amount: 0.2 },
        ],
      },
    ]);
    expect(settings).toEqual({
      'sources[0].max_repetition_ratio': 1.5,
      'sources[1].max_repetition_ratio': 2,
      'sources[2].max_repetition_ratio': 2,
      'sources[3].max_repetition_ratio': 1,
      global_batch_size: 16,
    });
  });

  it('takes 1 for the weight of a node that has none', () => {
    expect(amounts('mix: {a: {x: {weight: 0.5}, y: 0.5}}')).toEqual([
      ['a:x', 0.5],
      ['a:y', 0.5],
    ]);
  });

  it('allows what OLMo-core allows: a sum of 1 within 1e-5', () => {
    const third = (text: string) =>
      `mix: {${['a', 'b', 'c'].map((name) => `${name}: {weight: ${text}, repetition_factor: 1}`).join(', ')}}`;
    expect(complaints(third('0.333333'))).toEqual(['note mix']);
    expect(complaints(third('0.33333'))).toEqual(['note mix']);
    expect(complaints(third('0.3333'))).toEqual(['error mix']);
  });

  it.each([
    [
      'a leaf at the top without a repetition factor',
      launch.replace('0.2\n    repetition_factor: 1.0', '0.2'),
      ['error mix.wikipedia.repetition_factor'],
    ],
    [
      'a bare number at the top',
      launch.replace('  wikipedia:\n    weight: 0.2\n    repetition_factor: 1.0', '  wikipedia: 0.2'),
      ['error mix.wikipedia', 'error mix', 'note data.sources'],
    ],
    [
      'an exponent at the top, which is a number all the same',
      launch.replace('weight: 0.2', 'weight: 2e-1'),
      ['warning mix.wikipedia.weight'],
    ],
    ['an exponent in a nested weight', launch.replace('weight: 0.8', 'weight: 8e-1'), ['error mix.dclm.weight']],
    ['an exponent as a bare weight', launch.replace('high: 0.75 ', 'high: 75e-2 '), ['warning mix.dclm:software:high']],
    ['a weight in words', launch.replace('high: 0.75 ', 'high: most '), ['error mix.dclm:software:high']],
    [
      'a name that data.sources lacks',
      launch.replace('  wikipedia:\n', '  wiki:\n'),
      ['error mix.wiki', 'note data.sources'],
    ],
    ['a weight of 0', launch.replace('0.75 ', '1.0 ').replace('low: 0.25', 'low: 0'), ['note mix.dclm:software:low']],
    [
      'a repetition below 1',
      launch.replace('repetition_factor: 1.0', 'repetition_factor: 0.5'),
      ['error mix.wikipedia.repetition_factor'],
    ],
    [
      'a weight below 0',
      launch.replace('0.75 ', '1.25 ').replace('low: 0.25', 'low: -0.25'),
      ['error mix.dclm:software:low'],
    ],
    [
      'a leaf twice, nested and flat',
      `${launch}  dclm:science:\n    weight: 0.0\n    repetition_factor: 1\n`,
      ['error mix.dclm:science', 'note mix.dclm:science'],
    ],
    ['no mix', 'name: a\n', ['error mix']],
    ['an empty mix', 'mix: {}\n', ['error mix']],
  ])('complains of %s', (_, content, expected) => {
    expect(complaints(content)).toEqual(expected);
  });
});

describe('the optimum that olmix fit writes', () => {
  const optimum = '[{"domain": "dclm:science", "weight": 0.75}, {"domain": "wikipedia", "weight": 0.25}]';
  const read = (content: string) => parse(content, 'average_log_linear_optimal.json');

  it('is read as shares', () => {
    expect(read(optimum)).toEqual({
      findings: [],
      phases: [
        {
          name: null,
          start: 0,
          sources: [
            { key: 'dclm:science', amount: 0.75 },
            { key: 'wikipedia', amount: 0.25 },
          ],
        },
      ],
      settings: {},
    });
  });

  it('is a baseline over the corpus', () => {
    const file = { path: 'x_optimal.json', content: optimum };
    const domains = [{ domain: 'science', locations: { olmix: 'dclm:science' } }, { domain: 'wikipedia' }];
    expect(readMixture('olmix', file, domains).weights).toEqual({ science: 0.75, wikipedia: 0.25 });
  });

  it.each([
    ['no JSON', '[{"domain"', ['error the file']],
    ['no list', '{"domain": "a", "weight": 1}', ['error the file']],
    ['an empty list', '[]', ['error the file']],
    ['a weight that is a text', optimum.replace('0.75', '"0.75"'), ['error [0].weight', 'note the file']],
    ['a weight below 0', optimum.replace('0.75', '1.25').replace('0.25', '-0.25'), ['error [1].weight']],
    ['a domain twice', optimum.replace('wikipedia', 'dclm:science'), ['error [1].domain']],
    ['a domain without a name', optimum.replace('"domain": "wikipedia"', '"name": "w"'), ['error [1].domain']],
    ['an item that is nothing', '[null]', ['error [0].domain', 'error [0].weight', 'note the file']],
  ])('complains of %s', (_, content, expected) => {
    expect(read(content).findings.map(({ level, where }) => `${level} ${where}`)).toEqual(expected);
  });
});

describe('a launch configuration that exists already', () => {
  it('is checked as OLMo-core would take it', () => {
    const domains = [{ domain: 'wikipedia', tokens: 1e7 }];
    const report = checkConfig('olmix', { path: 'launch.yaml', content: launch }, domains, { targetTokens: 1.4e8 });
    expect(report.usable).toBe(true);
    expect(report.phases[0]!.remarks).toContain(
      'OLMo-core refuses the mixture: "wikipedia" has 10000000 tokens, repeated as often as it may be, and needs 28000000',
    );
  });
});
