import { describe, expect, it } from 'vitest';
import { canonicalProposal, checkConfig, exportProposal, readMixture } from '../../index.js';
import { readPythonYaml } from '../../reading/python-yaml.js';
import { parseNanotron } from './parse.js';

const location = '/data/{domain}';
const weights = { web: 0.6, code: 0.3, papers: 0.1 };
const phases = [
  { name: 'stable', start: 0, weights },
  { name: 'anneal', start: 0.9, weights: { web: 0, code: 0.5, papers: 0.5 } },
];

const yamlOf = ({ files }: ReturnType<typeof exportProposal>) => readPythonYaml(files[0]!.content).value;
const parse = (content: string) => parseNanotron({ path: 'config.yaml', content });
const complaints = (content: string) => parse(content).findings.map(({ level, where }) => `${level} ${where}`);

/** The parts of a real configuration that stand beside the data, and two stages, the later one first. */
const config = `checkpoints:
  checkpoint_interval: 1000
  checkpoints_path: checkpoints
data_stages:
- data:
    dataset:
      dataset_folder:
      - /data/code
      - /data/math   # 40 B tokens
      dataset_weights:
      - 0.5
      - 0.5
    num_loading_workers: 1
    seed: 7
  name: decay
  start_training_step: 90001
- data:
    dataset:
      dataset_folder: [/data/web, /data/code]
      dataset_weights: [7, 3]
    num_loading_workers: 1
    seed: 7
  name: stable
  start_training_step: 1
optimizer:
  weight_decay: 0.01
tokens:
  sequence_length: 4096
  train_steps: 100000
`;

describe('what is exported for nanotron', () => {
  it('is a stage with two lists, folders and weights', () => {
    const result = exportProposal(canonicalProposal({ weights }), 'nanotron', { location, seed: 7 });
    expect(yamlOf(result)).toEqual({
      data_stages: [
        {
          name: 'all',
          start_training_step: 1,
          data: {
            seed: 7,
            num_loading_workers: 1,
            dataset: { dataset_folder: ['/data/web', '/data/code', '/data/papers'], dataset_weights: [0.6, 0.3, 0.1] },
          },
        },
      ],
    });
  });

  it('is a stage for each phase, without the domains that have no part in it, at steps counted from 1', () => {
    const result = exportProposal(canonicalProposal({ phases }), 'nanotron', { location, trainSteps: 1000 });
    expect(yamlOf(result)).toMatchObject({
      data_stages: [
        { name: 'stable', start_training_step: 1 },
        {
          name: 'anneal',
          start_training_step: 901,
          data: { dataset: { dataset_folder: ['/data/code', '/data/papers'], dataset_weights: [0.5, 0.5] } },
        },
      ],
    });
    expect(result.usage.join('\n')).toContain('begin at the training steps 1, 901');
    expect(result.warnings).toEqual(['phase anneal: left out, because nanotron takes no weight of 0: "web"']);
  });

  it('tells the steps from tokens, batch and sequence length, and asks for them where they are missing', () => {
    const proposal = canonicalProposal({ phases }, { targetTokens: 4_096_000 });
    const steps = { batchSize: 4, sequenceLength: 1024 };
    expect(yamlOf(exportProposal(proposal, 'nanotron', { location, ...steps }))).toMatchObject({
      data_stages: [{}, { start_training_step: 901 }],
    });
    expect(() => exportProposal(proposal, 'nanotron', { location })).toThrow(/give trainSteps, or batchSize/);
  });

  it.each([
    ['a pattern', '/data/{domain}/*', /takes for a pattern/],
    ['a file', '/data/{domain}/00000.ds', /wants the folder/],
    ['a blank at the end', '/data/{domain} ', /begins or ends with a blank/],
  ])('is refused with %s as a folder', (_, folder, message) => {
    expect(() => exportProposal(canonicalProposal({ weights }), 'nanotron', { location: folder })).toThrow(message);
  });

  it('says what a run longer than the data never reads', () => {
    const facts = { tokens: { web: 9e9, code: 5e8, papers: 5e8 }, targetTokens: 2e10 };
    const { phases: exported } = exportProposal(canonicalProposal({ weights }, facts), 'nanotron', {
      location,
      sequenceLength: 2048,
    });
    expect(exported[0]!.remarks).toEqual([expect.stringMatching(/of "web" it reads 66.7 %/)]);
    expect(exported[0]!.domains[0]!.standardError).toBeGreaterThan(0);
  });
});

describe('what nanotron reads', () => {
  it('is every stage, in the order of their steps, with the weights as they stand', () => {
    expect(parse(config)).toEqual({
      findings: [
        {
          level: 'note',
          where: 'data_stages[1].data.dataset.dataset_weights',
          message: 'sums to 10; nanotron divides by that',
        },
        { level: 'note', where: 'data_stages', message: 'do not stand in the order of their steps' },
      ],
      phases: [
        {
          name: 'stable',
          start: 1,
          sources: [
            { key: '/data/web', amount: 7 },
            { key: '/data/code', amount: 3 },
          ],
        },
        {
          name: 'decay',
          start: 90_001,
          sources: [
            { key: '/data/code', amount: 0.5 },
            { key: '/data/math', amount: 0.5 },
          ],
        },
      ],
      settings: { seed: 7 },
    });
  });

  it('is a single folder with weight 1', () => {
    const single = 'data_stages: [{name: a, start_training_step: 1, data: {seed: 1, dataset: {dataset_folder: /d}}}]';
    expect(parse(single)).toMatchObject({ findings: [], phases: [{ sources: [{ key: '/d', amount: 1 }] }] });
  });

  const list = 'dataset_weights: [7, 3]';
  it.each([
    [
      'a weight as PyYAML reads an exponent',
      config.replace(list, 'dataset_weights: [1e-7, 1.0]'),
      /data_stages\[1\].*\[0\]/,
    ],
    ['a weight missing', config.replace(list, 'dataset_weights: [1.0]'), /dataset_weights/],
    ['weights in one text', config.replace(list, 'dataset_weights: 0.7 0.3'), /dataset_weights/],
    ['a negative weight', config.replace(list, 'dataset_weights: [1.5, -0.5]'), /dataset_weights\[1\]/],
    ['weights of 0 alone', config.replace(list, 'dataset_weights: [0.0, 0.0]'), /dataset_weights$/],
    ['a weight that is none', config.replace(list, 'dataset_weights: [.nan, 1.0]'), /dataset_weights\[0\]/],
    ['a folder that is a number', config.replace('[/data/web, ', '[2024, '), /dataset_folder\[0\]/],
    [
      'the map that the documentation of nanotron still shows',
      config.replace('dataset_folder: [/data/web, /data/code]', 'dataset_folder: {/data/web: 0.7, /data/code: 0.3}'),
      /dataset_folder$/,
    ],
    ['the key of older versions', config.replace('dataset_folder: [', 'dataset_path: ['), /dataset_path/],
    ['a key that is none', config.replace(list, `${list}\n      shuffle: true`), /dataset\.shuffle/],
    ['a seed in words', config.replaceAll('seed: 7', 'seed: seven'), /data\.seed/],
    [
      'no stage at step 1',
      config.replace('start_training_step: 1\n', 'start_training_step: 0\n'),
      /start_training_step/,
    ],
    ['two stages at one step', config.replace('90001', '1'), /data_stages\[1\]\.start_training_step/],
    ['two stages of one name', config.replace('decay', 'stable'), /data_stages\[1\]\.name/],
    ['a start in words', config.replace('90001', 'late'), /data_stages\[0\]\.start_training_step/],
    ['no stages', 'tokens: {train_steps: 10}\n', /data_stages/],
    ['an empty list of stages', 'data_stages: []\n', /data_stages/],
    ['stages in a map', 'data_stages: {a: 1}\n', /data_stages/],
  ])('refuses %s', (_, content, where) => {
    const errors = parse(content).findings.filter(({ level }) => level === 'error');
    expect(errors.map((finding) => finding.where).join('\n')).toMatch(new RegExp(where.source, 'm'));
  });

  it('warns of what it takes and nobody wants', () => {
    expect(complaints(config.replace(list, 'dataset_weights: [1.0, 0.0]'))[0]).toMatch(
      /^warning .*dataset_weights\[1\]/,
    );
    expect(complaints(config.replace(`      ${list}\n`, ''))[0]).toMatch(/^warning .*dataset_weights/);
    expect(complaints(config.replace('[/data/web, /data/code]', '[/data/web, /data/web]'))[0]).toMatch(
      /^warning .*\[1\]/,
    );
    const hub =
      'data_stages: [{name: a, start_training_step: 1, data: {seed: 1, dataset: {hf_dataset_or_datasets: a/b}}}]';
    expect(complaints(hub)).toEqual(['warning data_stages[0].data.dataset']);
    expect(complaints(hub.replace('{hf_dataset_or_datasets: a/b}', 'null'))).toEqual([
      'warning data_stages[0].data.dataset',
    ]);
  });
});

describe('a configuration that exists already', () => {
  const file = { path: 'config.yaml', content: config };
  const domains = [{ domain: 'web' }, { domain: 'code' }, { domain: 'math' }];

  it('is a baseline, one of its stages at a time, known by the folders', () => {
    expect(readMixture('nanotron', file, domains, { location }, 'stable').weights).toEqual({
      web: 0.7,
      code: 0.3,
      math: 0,
    });
    expect(() => readMixture('nanotron', file, domains, { location })).toThrow(/choose one of stable, decay/);
  });

  it('is checked, stage by stage', () => {
    const report = checkConfig('nanotron', file, domains, { location, sequenceLength: 4096 });
    expect(report.usable).toBe(true);
    expect(report.phases.map(({ name, start, sampler }) => [name, start, sampler])).toEqual([
      ['stable', 1, 'shuffled greedy blend'],
      ['decay', 90_001, 'shuffled greedy blend'],
    ]);
  });
});
