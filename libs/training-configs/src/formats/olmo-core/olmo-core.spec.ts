import { describe, expect, it } from 'vitest';
import { canonicalProposal, checkConfig, exportProposal, readMixture } from '../../index.js';
import { readPythonYaml } from '../../reading/python-yaml.js';
import { parseOlmoCore } from './parse.js';
import { repetitionRatio } from './repetition-ratio.js';

const location = 's3://bucket/{domain}/*.npy';
const weights = { web: 0.6, code: 0.3, papers: 0.1 };
const tokens = { web: 3e9, code: 1e9, papers: 1.5e8 };

const exported = (details = {}, options = {}) =>
  exportProposal(canonicalProposal({ id: 'p1', weights }, details), 'olmo-core', { location, ...options });
const yamlOf = (result: ReturnType<typeof exported>, path = 'olmo-core.yaml') =>
  readPythonYaml(result.files.find((file) => file.path === path)!.content).value;

const parse = (content: string) => parseOlmoCore({ path: 'mix.yaml', content });
const complaints = (content: string) => parse(content).findings.map(({ level, where }) => `${level} ${where}`);

/** A file as people write them: comments beside numbers, several paths, limits shared by an anchor. */
const mixture = `# Mid-training mixture, 100B tokens
sources:
  - source_name: web
    target_ratio: .55          # 486,558,362,887 tokens
    paths:
      # high quality
      - gs://bucket/web/quality=high/**/*.npy
      - gs://bucket/web/quality=mid/**/*.npy
  - &small
    source_name: code
    target_ratio: 0.3
    max_repetition_ratio: 2.5
    paths: ["s3://bucket/code/*.npy"]
  - <<: *small
    source_name: papers
    target_ratio: 0.15
    paths:
      - s3://bucket/papers/part-0.npy
      - s3://bucket/papers/part-1.npy
  # - source_name: reddit
  #   target_ratio: 0.0
`;

describe('what is exported for OLMo-core', () => {
  it('is a list of sources with ratio, paths, and the repetition that the run needs', () => {
    const result = exported({ tokens, targetTokens: 2e9 }, { batchSize: 512, sequenceLength: 4096 });
    expect(yamlOf(result)).toEqual({
      sources: [
        { source_name: 'web', target_ratio: 0.6, paths: ['s3://bucket/web/*.npy'], max_repetition_ratio: 1 },
        { source_name: 'code', target_ratio: 0.3, paths: ['s3://bucket/code/*.npy'], max_repetition_ratio: 1 },
        // 2e8 of 1.5e8 tokens are 1.333… passes.
        { source_name: 'papers', target_ratio: 0.1, paths: ['s3://bucket/papers/*.npy'], max_repetition_ratio: 1.34 },
      ],
    });
    expect(result.usage.join('\n')).toContain('requested_tokens=2000000000, global_batch_size=2097152');
    expect(result.phases[0]!.remarks).toEqual([]);
  });

  it('gives no repetition where tokens or the length of the run are not known, and says what follows', () => {
    const result = exported({ tokens: { web: 1e9 }, targetTokens: 1e9 });
    expect(yamlOf(result)).toEqual({
      sources: [
        { source_name: 'web', target_ratio: 0.6, paths: ['s3://bucket/web/*.npy'], max_repetition_ratio: 1 },
        { source_name: 'code', target_ratio: 0.3, paths: ['s3://bucket/code/*.npy'] },
        { source_name: 'papers', target_ratio: 0.1, paths: ['s3://bucket/papers/*.npy'] },
      ],
    });
    expect(result.usage.at(-1)).toMatch(/no max_repetition_ratio can be given for "code", "papers"/);
  });

  it('has a file for each phase, with the repetition that the phase needs', () => {
    const phases = [
      { name: 'stable', start: 0, weights },
      { name: 'anneal', start: 0.9, weights: { web: 0, code: 0.2, papers: 0.8 } },
    ];
    const proposal = canonicalProposal({ id: 'p1', phases }, { tokens, targetTokens: 4e9 });
    const result = exportProposal(proposal, 'olmo-core', { location });
    expect(result.files.map(({ path }) => path)).toEqual([
      'phase-1-stable/olmo-core.yaml',
      'phase-2-anneal/olmo-core.yaml',
      'PHASES.md',
      'olmo-core.meta.json',
    ]);
    expect(yamlOf(result, 'phase-2-anneal/olmo-core.yaml')).toMatchObject({
      sources: [{ source_name: 'code' }, { source_name: 'papers', max_repetition_ratio: 2.14 }],
    });
    expect(result.usage.join('\n')).toMatch(/requested_tokens=3600000000.*requested_tokens=400000000/s);
  });

  it.each([
    ['a path that begins with a blank', ' /data/{domain}/*.npy', /^LOCATION_INVALID|begins or ends with a blank/],
    ['brackets without a star', '/data/{domain}/part-[0-9].npy', /expands only beside a \*/],
    ['one path for two domains', '/data/all/*.npy', /"web" and "code" have the same/],
  ])('is refused with %s', (_, path, message) => {
    expect(() => exported({}, { location: path })).toThrow(message);
  });
});

describe('repetitionRatio', () => {
  it('is the least hundredth with which the trainer finds enough tokens', () => {
    expect(repetitionRatio(0.1, 1000, 1000)).toBe('1.00');
    expect(repetitionRatio(0.5, 3000, 1000)).toBe('1.50');
    expect(repetitionRatio(0.5, 3002, 1000)).toBe('1.51');
    for (let i = 1; i <= 500; i++) {
      const [tokens, requested, ratio] = [997 * i, 100_003 * i, (i % 97) / 100 + 0.01];
      const text = repetitionRatio(ratio, requested, tokens);
      const needed = Math.trunc(requested * ratio);
      expect(Math.trunc(tokens * Number(text))).toBeGreaterThanOrEqual(needed);
      if (text !== '1.00') expect(Math.trunc(tokens * (Number(text) - 0.01))).toBeLessThan(needed);
    }
  });
});

describe('what OLMo-core reads', () => {
  it('is the list of sources, anchors and bare decimals included', () => {
    const { findings, phases, settings } = parse(mixture);
    expect(findings).toEqual([]);
    expect(phases).toEqual([
      {
        name: null,
        start: 0,
        sources: [
          { key: 'web', amount: 0.55 },
          { key: 'code', amount: 0.3 },
          { key: 'papers', amount: 0.15 },
        ],
      },
    ]);
    expect(settings).toEqual({ 'sources[1].max_repetition_ratio': 2.5, 'sources[2].max_repetition_ratio': 2.5 });
  });

  it('allows ratios that sum to 1 within 1e-5, and says that it does not divide by the sum', () => {
    expect(parse(mixture.replace('.55', '.550009')).findings).toMatchObject([{ level: 'note', where: 'sources' }]);
    expect(parse(mixture.replace('.55', '.55002')).findings).toMatchObject([{ level: 'error', where: 'sources' }]);
  });

  it.each([
    ['a ratio of 0', mixture.replace('.55 ', '0.0 ').replace('0.15', '0.7'), ['warning sources[0].target_ratio']],
    ['a ratio above 1', mixture.replace('.55', '1.55'), ['error sources[0].target_ratio', 'error sources']],
    ['a ratio below 0', mixture.replace('.55 ', '-0.1 ').replace('0.15', '0.8'), ['error sources[0].target_ratio']],
    ['a ratio that is no number', mixture.replace('.55', '.nan'), ['error sources[0].target_ratio']],
    ['an exponent without a point', mixture.replace('0.15', '15e-2'), ['warning sources[2].target_ratio']],
    ['a ratio in words', mixture.replace('0.15', 'much'), ['error sources[2].target_ratio']],
    ['a name that is a number', mixture.replace('papers', '2024'), ['error sources[2].source_name']],
    ['a name twice', mixture.replace('source_name: papers', 'source_name: code'), ['error sources[2].source_name']],
    ['paths in one text', mixture.replace('["s3://bucket/code/*.npy"]', 's3://b/*.npy'), ['error sources[1].paths']],
    ['no paths', mixture.replace('["s3://bucket/code/*.npy"]', '[]'), ['error sources[1].paths']],
    ['a path twice', mixture.replace('part-1', 'part-0'), ['warning sources[2].paths[1]']],
    ['a pattern without a star', mixture.replace('part-1', 'part-?'), ['warning sources[2].paths[1]']],
    [
      'a repetition below 1',
      mixture.replace('2.5', '0.5'),
      ['error sources[1].max_repetition_ratio', 'error sources[2].max_repetition_ratio'],
    ],
    [
      'a key that is none',
      mixture.replace('max_repetition_ratio: 2.5', 'max_repetitions: 2.5'),
      ['error sources[1].max_repetitions', 'error sources[2].max_repetitions'],
    ],
    ['another key beside the sources', `${mixture}seed: 42\n`, ['error seed']],
    ['a list at the top', '- source_name: web\n', ['error the file']],
    ['no sources', 'sources: []\n', ['error sources']],
    ['a key twice', `${mixture}sources: []\n`, ['error line 22']],
    ['a composable configuration', '_CLASS_: olmo_core.data.composable.X\nsources: [1]\n', ['error _CLASS_']],
    ['nothing', '', ['error the file']],
  ])('complains of %s', (_, content, expected) => {
    expect(complaints(content)).toEqual(expected);
  });

  it('says that a fraction holds nothing back beside a repetition', () => {
    const held = mixture.replace(
      'max_repetition_ratio: 2.5',
      'max_repetition_ratio: 2.5\n    max_source_fraction: 0.8',
    );
    expect(parse(held).findings[0]).toMatchObject({
      level: 'warning',
      where: 'sources[1].max_source_fraction',
      message: expect.stringContaining('allows 2 passes over the whole source'),
    });
  });
});

describe('a mixture that exists already', () => {
  const file = { path: 'mix.yaml', content: mixture };
  const domains = [
    { domain: 'web', tokens: 5e9 },
    { domain: 'code', tokens: 1e8 },
    { domain: 'papers', tokens: 1e9 },
    { domain: 'unused', tokens: 1e9 },
  ];

  it('is a baseline over the corpus, known by names, with 0 for what it does not name', () => {
    expect(readMixture('olmo-core', file, domains)).toEqual({
      weights: { web: 0.55, code: 0.3, papers: 0.15, unused: 0 },
      phase: null,
      notes: ['not in the file, so with weight 0: "unused"'],
    });
  });

  it('is refused as one when the corpus lacks a source, or the file is not usable', () => {
    expect(() => readMixture('olmo-core', file, domains.slice(0, 2))).toThrow(/no domain for "papers"/);
    const broken = { ...file, content: mixture.replace('.55', '.5') };
    expect(() => readMixture('olmo-core', broken, domains)).toThrow(/sources: the target ratios sum to 0.95/);
  });

  it('is checked against the tokens that the corpus has: a source too small is named', () => {
    const report = checkConfig('olmo-core', file, domains, { targetTokens: 1e9, sequenceLength: 2048 });
    expect(report.usable).toBe(true);
    expect(report.phases[0]!.remarks).toEqual([
      'OLMo-core refuses the mixture: "code" has 250000000 tokens, repeated as often as it may be, and needs 300000000',
    ]);
    expect(report.phases[0]!.sources.map(({ domain, epochs }) => [domain, epochs])).toEqual([
      ['web', expect.closeTo(0.11, 12)],
      ['code', expect.closeTo(3, 12)],
      ['papers', expect.closeTo(0.15, 12)],
    ]);
  });

  it('comes back from its own export', () => {
    const { files } = exported({ tokens, targetTokens: 1e9 });
    const back = readMixture(
      'olmo-core',
      files[0]!,
      Object.keys(weights).map((domain) => ({ domain })),
    );
    for (const [domain, weight] of Object.entries(weights)) expect(back.weights[domain]).toBeCloseTo(weight, 12);
  });
});
