import { describe, expect, it } from 'vitest';
import { type ExportOptions, readOptions } from '../../export/options.js';
import { canonicalProposal, checkConfig, exportProposal, readMixture } from '../../index.js';
import { llmFoundryFormat } from './llm-foundry.format.js';

const read = (content: string, given: ExportOptions = {}) =>
  llmFoundryFormat.parse({ path: 'train.yaml', content }, readOptions('llm-foundry', llmFoundryFormat.options, given));
const levels = ({ findings }: ReturnType<typeof read>) => findings.map(({ level }) => level);

const streams = (web: string, code: string, dataset = '', after = '') => `
train_loader:
  name: text
  dataset:
    shuffle: true
    max_seq_len: 2048
${dataset}    streams:
      web: {remote: s3://b/web, local: /tmp/web, ${web}}
      code: {remote: s3://b/code, local: /tmp/code, ${code}}
  drop_last: true
${after}`;

/** As users write it for MosaicML's platform. */
const platform = `
name: mix
image: mosaicml/llm-foundry
parameters:
  max_duration: 24000ba
  variables:
    root: s3://bucket
  train_loader:
    name: text
    dataset:
      streams:
        c4: &defaults
          remote: \${variables.root}/c4
          local: /tmp/c4
          split: train
          proportion: .7
        "10":
          <<: *defaults
          local: /tmp/ten
          proportion: 1e-1
        code:
          <<: *defaults
          local: /tmp/code
          proportion: 2
      shuffle: true
      epoch_size: 1_000_000
`;

describe('the streams of LLM Foundry', () => {
  it('are read from a file of the platform, in order, with merged defaults and exponents as numbers', () => {
    const { findings, phases, settings } = read(platform);
    expect(findings).toEqual([]);
    expect(phases).toEqual([
      {
        name: null,
        start: 0,
        sources: [
          { key: 'c4', amount: 0.7 },
          { key: '10', amount: 0.1 },
          { key: 'code', amount: 2 },
        ],
      },
    ]);
    expect(settings).toEqual({ epoch_size: 1_000_000, batching_method: 'random' });
  });

  it('takes a file with one data set for what it is', () => {
    const { findings, phases } = read(
      'train_loader: {dataset: {local: /tmp/c4, remote: "s3://bucket/c4", shuffle: true}}',
    );
    expect(findings).toEqual([
      { level: 'note', where: 'train_loader.dataset', message: expect.stringContaining('one data set') },
    ]);
    expect(phases).toEqual([{ name: null, start: 0, sources: [{ key: 's3://bucket/c4', amount: null }] }]);
  });

  it.each([
    ['no YAML', 'train_loader: ['],
    ['no data set', 'train_loader: {name: text}'],
    ['a list of streams', 'train_loader: {dataset: {streams: [{local: /d, proportion: 1.0}]}}'],
    ['no stream', 'train_loader: {dataset: {streams: {}}}'],
    ['a number for a stream', 'train_loader: {dataset: {streams: {web: 0.5}}}'],
    ['an argument that Stream does not have', streams('proportion: 0.5, weight: 1', 'proportion: 0.5')],
    ['proportion for one and repeat for the other', streams('proportion: 0.5', 'repeat: 2.0')],
    ['proportion for one and nothing for the other', streams('proportion: 0.5', 'split: train')],
    ['both on one stream', streams('proportion: 0.5, repeat: 1.0', 'proportion: 0.5')],
    ['a negative proportion', streams('proportion: -0.5', 'proportion: 0.5')],
    ['text for a proportion', streams('proportion: "0.5"', 'proportion: 0.5')],
    ['an infinite proportion', streams('proportion: .inf', 'proportion: 0.5')],
    ['zeros alone', streams('proportion: 0.0', 'proportion: 0')],
    ['half a sample to choose', streams('choose: 10', 'choose: 2.5')],
    ['a remote beside the streams', streams('proportion: 0.5', 'proportion: 0.5', '    remote: s3://b/all\n')],
    ['text for epoch_size', streams('proportion: 0.5', 'proportion: 0.5', '    epoch_size: all\n')],
    ['neither remote nor local', 'train_loader: {dataset: {streams: {web: {proportion: 1.0}}}}'],
  ])('are refused with %s', (_, content) => {
    expect(levels(read(content))).toContain('error');
  });

  it('are refused in one folder, given or temporary', () => {
    const one =
      'train_loader: {dataset: {shuffle: true, streams: {a: {local: /d, proportion: 1.0}, b: {local: /d, proportion: 1.0}}}}';
    expect(read(one).findings).toMatchObject([
      { level: 'error', message: expect.stringContaining('same local folder') },
    ]);
    expect(read(one.replaceAll('local: /d', 'remote: s3://d')).findings).toMatchObject([
      { level: 'error', message: expect.stringContaining('a temporary folder for s3://d') },
    ]);
  });

  it('are one after the other without shuffle, which is its default', () => {
    for (const content of [
      streams('proportion: 0.5', 'proportion: 0.5').replace('    shuffle: true\n', ''),
      streams('proportion: 0.5', 'proportion: 0.5').replace('shuffle: true', 'shuffle: false'),
    ]) {
      expect(read(content).findings).toMatchObject([
        { level: 'warning', message: expect.stringContaining('one after the other') },
      ]);
    }
  });

  it('have no shares while repeat is taken for proportion, or the other way round', () => {
    const repeated = streams('repeat: 2.0', 'repeat: 0.5');
    expect(read(repeated)).toMatchObject({
      findings: [{ level: 'warning', message: expect.stringContaining('weights=repeat') }],
      phases: [{ sources: [{ amount: null }, { amount: null }] }],
    });
    expect(read(repeated, { weights: 'repeat' })).toMatchObject({
      findings: [],
      phases: [{ sources: [{ amount: 2 }, { amount: 0.5 }] }],
    });
    expect(levels(read(streams('proportion: 0.5', 'proportion: 0.5'), { weights: 'repeat' }))).toEqual(['warning']);
    expect(levels(read(streams('split: a', 'split: b')))).toEqual(['warning']);
    const sized = streams('repeat: 2.0', 'repeat: 0.5', '    epoch_size: 10\n');
    expect(levels(read(sized, { weights: 'repeat' }))).toEqual(['error']);
  });

  it('are chosen by the sample, which makes the epoch', () => {
    const chosen = { path: 'a.yaml', content: streams('choose: 300', 'choose: 100') };
    const [phase] = checkConfig('llm-foundry', chosen).phases;
    expect(phase).toMatchObject({ draws: 400, sources: [{ realised: 0.75 }, { realised: 0.25 }] });
    expect(levels(read(streams('choose: 300', 'choose: 100', '    epoch_size: 10\n')))).toEqual(['error']);
    expect(levels(read(streams('choose: 300', 'repeat: 2')))).toEqual(['warning']);
  });

  it('take an abbreviated epoch_size', () => {
    expect(read(streams('proportion: 0.5', 'proportion: 0.5', '    epoch_size: 1.5k\n'))).toMatchObject({
      findings: [],
      settings: { epoch_size: 1500 },
    });
  });

  it('tell the passes that repeat gives as token shares of a corpus', () => {
    const domains = [
      { domain: 'web', tokens: 1e9 },
      { domain: 'code', tokens: 2e9 },
    ];
    const file = { path: 'train.yaml', content: streams('repeat: 2.0', 'repeat: 0.5') };
    expect(readMixture('llm-foundry', file, domains, { weights: 'repeat' }).weights).toEqual({
      web: 2 / 3,
      code: 1 / 3,
    });
  });

  it('show what a stratified batch holds of each, and where Streaming would refuse it', () => {
    const content = streams('proportion: 0.99', 'proportion: 0.01', '    batching_method: stratified\n');
    const check = (batchSize: number) => checkConfig('llm-foundry', { path: 'a.yaml', content }, [], { batchSize });
    expect(check(16).phases[0]).toMatchObject({ remarks: [expect.stringContaining('refuses to start')] });
    expect(check(200).phases[0]).toMatchObject({ remarks: [], sources: [{ realised: 0.99 }, { realised: 0.01 }] });
  });
});

const phased = (curriculum: string, maximum = 'max_duration: 100tok') =>
  streams('proportion: 0.7', 'proportion: 0.3', '', `callbacks:\n  curriculum_learning:\n${curriculum}${maximum}\n`);
const later = (duration: string, key = 'dataset') => `
      - duration: ${duration}
        ${key}:
          streams:
            web: {remote: s3://b/web, local: /tmp/web, proportion: 0.4}
            code: {remote: s3://b/code, local: /tmp/code, proportion: 0.6}
`;

describe('a curriculum of LLM Foundry', () => {
  it('is refused under another name, and with an argument that it does not take', () => {
    const good = phased(`    duration: 90tok\n    schedule:${later('10tok')}`);
    expect(read(good).findings).toEqual([]);
    expect(read(good.replace('curriculum_learning', 'curriculum-learning')).findings).toMatchObject([
      { level: 'error', where: 'callbacks.curriculum-learning' },
    ]);
    expect(
      read(good.replace('    duration: 90tok', '    duration: 90tok\n    dataset_index: 0')).findings,
    ).toMatchObject([{ level: 'error', where: 'callbacks.curriculum_learning.dataset_index' }]);
  });

  it('is read as phases that begin where the durations before them end', () => {
    const { findings, phases } = read(phased(`    duration: 90tok\n    schedule:${later('8tok')}${later('2tok')}`));
    expect(findings).toEqual([]);
    expect(phases.map(({ start }) => start)).toEqual([0, 90, 98]);
    expect(phases[2]!.sources).toEqual([
      { key: 'web', amount: 0.4 },
      { key: 'code', amount: 0.6 },
    ]);
  });

  it.each([
    ['durations that do not sum to max_duration', `    duration: 80tok\n    schedule:${later('10tok')}`, 'sum to 90'],
    ['two units', `    duration: 1ep\n    schedule:${later('99tok')}`, 'mixes the units'],
    ['batches', `    duration: 90ba\n    schedule:${later('10tok')}`, '1000tok'],
    ['half a token', `    duration: 90tok\n    schedule:${later('10.5tok')}`, '1000tok'],
    ['no duration', `    schedule:${later('10tok')}`, 'is missing'],
    ['an empty schedule', '    duration: 100tok\n    schedule: []\n', 'at least one data set'],
    [
      'train_loader in the schedule',
      `    duration: 90tok\n    schedule:${later('10tok', 'train_loader')}`,
      'has no `dataset`',
    ],
  ])('is refused with %s', (_, curriculum, message) => {
    const faults = read(phased(curriculum)).findings.filter(({ level }) => level === 'error');
    expect(faults.map((fault) => fault.message).join('\n')).toContain(message);
  });

  it('reads 9e1tok as 90 tokens, and notes a max_duration that stands elsewhere', () => {
    const curriculum = `    duration: 9e1tok\n    schedule:${later('10tok')}`;
    expect(read(phased(curriculum)).findings).toEqual([]);
    expect(read(phased(curriculum, '')).findings).toEqual([
      { level: 'note', where: 'max_duration', message: expect.stringContaining('it must be the sum, 100') },
    ]);
  });
});

describe('an export for LLM Foundry', () => {
  const facts = {
    tokens: { web: 3e9, code: 1e9 },
    documents: { web: 3e6, code: 5e5 },
    targetTokens: 1e9,
  };
  const weights = { web: 0.7, code: 0.3 };
  const phases = [
    { name: 'stable', start: 0, weights },
    { name: 'anneal', start: 0.9, weights: { web: 0.4, code: 0.6 } },
  ];
  const location = 's3://b/{domain}';

  it('names its phases by tokens that sum to the run', () => {
    const proposal = canonicalProposal({ phases }, { ...facts, targetTokens: 1_000_000_007 });
    const { content } = exportProposal(proposal, 'llm-foundry', { location }).files[0]!;
    expect(content).toContain('max_duration: 1000000007tok');
    expect(content.match(/ duration: \d+tok/g)).toEqual([' duration: 900000006tok', ' duration: 100000001tok']);
  });

  it('takes the length of the run from its steps, and asks for it where nothing tells', () => {
    const proposal = canonicalProposal({ phases }, { ...facts, targetTokens: undefined });
    const steps = { trainSteps: 10, batchSize: 4, sequenceLength: 1000 };
    expect(exportProposal(proposal, 'llm-foundry', { location, ...steps }).files[0]!.content).toContain('40000tok');
    expect(() => exportProposal(proposal, 'llm-foundry', { location })).toThrow('give targetTokens, or trainSteps');
  });

  it('writes one epoch a phase with repeat, and its passes', () => {
    const { content } = exportProposal(canonicalProposal({ phases }, facts), 'llm-foundry', {
      location,
      weights: 'repeat',
    }).files[0]!;
    expect(content).toContain('max_duration: 2ep');
    expect(content).not.toContain('epoch_size');
    const passes = [...content.matchAll(/repeat: ([\d.]+)/g)].map(([, text]) => Number(text));
    [0.21, 0.27, 0.04 / 3, 0.06].forEach((expected, i) => {
      expect(passes[i]).toBeCloseTo(expected, 12);
    });
    expect(passes).toHaveLength(4);
  });

  it('counts documents where the shards hold them', () => {
    const proposal = canonicalProposal({ weights }, facts);
    const { files, unit } = exportProposal(proposal, 'llm-foundry', { location, samples: 'documents' });
    expect(unit).toBe('documents');
    // 700M tokens of 1000 a document and 300M of 2000.
    expect(files[0]!.content).toContain('epoch_size: 850000\n');
    expect(files[0]!.content).toContain('proportion: 0.823529411764706');
  });

  it('reads a folder of this machine in place, and keeps remote shards where it is told', () => {
    const proposal = canonicalProposal({ weights }, facts);
    const written = (given: ExportOptions) => exportProposal(proposal, 'llm-foundry', given).files[0]!.content;
    expect(written({ location: '/mds/{domain}', split: 'train' })).toContain(
      'web:\n        local: /mds/web\n        split: train\n        proportion: 0.700000000000\n',
    );
    expect(written({ location: '/nfs/{domain}', local: '/scratch/{domain}' })).toContain(
      'remote: /nfs/web\n        local: /scratch/web\n',
    );
    expect(() => written({ location, local: '/scratch' })).toThrow('same local folder /scratch');
    expect(() => written({ location: 's3://b/all' })).toThrow('same location s3://b/all');
    expect(() => written({ location: `s3://\${bucket}/{domain}` })).toThrow('OmegaConf fills in');
    const missing = canonicalProposal({ weights: { '???': 1 } });
    expect(() => exportProposal(missing, 'llm-foundry', { location: '{domain}' })).toThrow('for a missing value');
  });

  it('writes stratified batches, and refuses one without a sample of every domain', () => {
    const proposal = canonicalProposal({ weights: { web: 0.99, code: 0.01 } }, facts);
    const stratified = (given: ExportOptions) =>
      exportProposal(proposal, 'llm-foundry', { location, batching: 'stratified', ...given });
    const { files, phases: exported } = stratified({ batchSize: 64, epochSize: 6400 });
    expect(files[0]!.content).toContain('shuffle: true\n    batching_method: stratified\n');
    expect(exported[0]).toMatchObject({
      sampler: 'the same portions in every batch',
      domains: [{ realised: 63 / 64 }, { realised: 1 / 64 }],
    });
    expect(() => stratified({ batchSize: 16 })).toThrow('has none of "code"');
    // 99 documents of web for one of code become 198 where those of web are half as long.
    expect(() => stratified({ batchSize: 100, samples: 'documents' })).not.toThrow();
    expect(() => stratified({ batchSize: 64, samples: 'documents' })).toThrow('has none of "code"');
  });

  it('says when an epoch is too short for a domain', () => {
    const proposal = canonicalProposal({ weights: { web: 0.999, code: 0.001 } }, facts);
    const { phases: exported } = exportProposal(proposal, 'llm-foundry', { location, epochSize: 100 });
    expect(exported[0]!.remarks).toEqual([expect.stringContaining('too short for "code"')]);
  });
});
