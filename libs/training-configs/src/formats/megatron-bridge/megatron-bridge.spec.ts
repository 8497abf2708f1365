import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readOptions } from '../../export/options.js';
import { exportProposal } from '../../index.js';
import { canonicalProposal } from '../../proposal/read-proposal.js';
import { megatronBridgeFormat } from './megatron-bridge.format.js';

const read = (content: string, dataset = 'pretrain') =>
  megatronBridgeFormat.parse(
    { path: 'mine', content },
    readOptions('megatron-bridge', megatronBridgeFormat.options, { dataset }),
  );
const said = ({ findings }: ReturnType<typeof read>, level: string) =>
  findings.filter((finding) => finding.level === level).map(({ where, message }) => `${where}: ${message}`);
const amounts = (reading: ReturnType<typeof read>) =>
  reading.phases[0]?.sources.map(({ key, amount }) => [key, amount]);

const facts = { tokens: { web: 1000, code: 200 }, documents: { web: 100, code: 10 }, targetTokens: 1000 };
const two = canonicalProposal({ weights: { web: 0.7, code: 0.3 } }, facts);
const location = '/data/{domain}_text_document';
const header = 'dataset:\n  split: "99,1,0"\n';

describe('the dataset of a pretraining recipe', () => {
  it.each([
    ['a list of texts', '  data_path: ["0.7", /a, "0.3", /b]'],
    ['a list of numbers and texts', '  data_path:\n    - 0.7\n    - /a\n    - 3e-1\n    - /b'],
    ['one text', '  data_path: 0.7 /a 0.3 /b  # main blend'],
    ['a blend', '  blend: [[/a, /b], [0.7, 0.3]]'],
  ])('reads %s', (_, line) => {
    const reading = read(`# mine\n${header}${line}\ntrain:\n  train_iters: 1000\n`);
    expect(amounts(reading)).toEqual([
      ['/a', 0.7],
      ['/b', 0.3],
    ]);
    expect(reading.findings).toEqual([]);
  });

  it('reads a blend for each split', () => {
    const reading = read(
      'dataset:\n  split: null\n  blend_per_split:\n    - [[/a, /b], [0.5, 0.5]]\n    - [[/v], null]\n    - null\n',
    );
    expect(amounts(reading)).toEqual([
      ['/a', 0.5],
      ['/b', 0.5],
    ]);
    expect(reading.splits).toEqual({ valid: ['/v'], test: null });
    expect(reading.findings).toEqual([]);
  });

  it('notes that a recipe for mock data has a split that wastes two thirds', () => {
    expect(said(read('dataset:\n  data_path: ["1", /a]\n'), 'note').join()).toContain('1,1,1');
  });

  it('notes an interpolation, which only the merged configuration can resolve', () => {
    expect(said(read(`${header}  data_path: ["1", "\${oc.env:DATA}/a"]\n`), 'note').join()).toContain('OmegaConf');
  });

  it.each([
    ['no YAML', 'dataset: [', /./],
    ['another section', 'model:\n  data_path: [1, /a]\n', /dataset: is missing, not the map/],
    ['no data', 'dataset:\n  seq_length: 4096\n', /mock data/],
    ['a blend that wins', `${header}  data_path: [1, /a]\n  blend: [[/b], null]\n`, /data_path: is not read/],
    ['a split beside blend_per_split', `${header}  blend_per_split: [[[/a], null], null, null]\n`, /excludes/],
    ['two of three splits', 'dataset:\n  blend_per_split: [[[/a], null], null]\n', /list of three/],
    ['weights as texts', `${header}  blend: [[/a, /b], ["0.5", "0.5"]]\n`, /"0\.5", which is no number/],
    ['a weight too few', `${header}  blend: [[/a, /b], [0.5]]\n`, /one weight for each prefix/],
    ['a bare no', `${header}  data_path: ["0.5", no, "0.5", /b]\n`, /holds false/],
    ['a bare 010', `${header}  data_path: ["0.5", 010, "0.5", /b]\n`, /8 stands where a prefix belongs/],
    ['a lost weight', `${header}  data_path: ["0.5", /a, /b, /c]\n`, /every word/],
    ['a weight of 0', `${header}  data_path: ["0", /a, "1", /c]\n`, /above 0/],
  ])('has an error for %s', (_, content, message) => {
    expect(said(read(content), 'error').join('\n')).toMatch(message);
  });

  it('is written so that no blend of the recipe wins over it', () => {
    const { files, usage } = exportProposal(two, 'megatron-bridge', { location });
    expect(parseYaml(files[0]!.content)).toEqual({
      dataset: {
        blend: null,
        blend_per_split: null,
        data_path: ['0.700000000000', '/data/web_text_document', '0.300000000000', '/data/code_text_document'],
        split: '100,0,0',
      },
    });
    expect(usage.join('\n')).toContain('eval_iters to 0');
  });

  it('is written as three blends where validation data is given', () => {
    const { files } = exportProposal(two, 'megatron-bridge', { location, valid: ['/v', '/w'] });
    expect(parseYaml(files[0]!.content).dataset).toEqual({
      data_path: null,
      blend: null,
      blend_per_split: [
        [
          ['/data/web_text_document', '/data/code_text_document'],
          [0.7, 0.3],
        ],
        [['/v', '/w'], null],
        null,
      ],
      split: null,
    });
  });

  it('takes the prefix that a corpus registers for Megatron-LM', () => {
    const proposal = canonicalProposal({ weights: { web: 1 } }, { locations: { web: { megatron: '/lake/web' } } });
    expect(parseYaml(exportProposal(proposal, 'megatron-bridge').files[0]!.content).dataset.data_path[1]).toBe(
      '/lake/web',
    );
  });

  it.each([
    ['an interpolation', { location: `$${'{oc.env:DATA}'}/{domain}` }, /OmegaConf/],
    ['white space at its end', { location: '/data/{domain} ' }, /ends with white space/],
    ['the mark of a value to be given', { location: '???' }, /still to be given/],
  ])('refuses %s in a prefix', (_, options, message) => {
    expect(() => exportProposal(two, 'megatron-bridge', options)).toThrow(message);
  });
});

describe('the sources of a fine-tuning run', () => {
  const finetune = { location: 'org/{domain}', dataset: 'finetune' };

  it('are written with the passes over each, and read back', () => {
    const { files, unit, phases } = exportProposal(two, 'megatron-bridge', finetune);
    expect(unit).toBe('epochs');
    expect(files[0]!.path).toBe('sources.py');
    expect(amounts(read(files[0]!.content, 'finetune'))).toEqual([
      ['org/web', 0.7],
      ['org/code', 1.5],
    ]);
    expect(phases[0]!.domains.map(({ realised }) => realised)).toEqual([0.7, 0.3]);
  });

  it('need to know how many tokens each has, and how long the run is', () => {
    const bare = canonicalProposal({ weights: { web: 0.7, code: 0.3 } }, { targetTokens: 1000 });
    expect(() => exportProposal(bare, 'megatron-bridge', finetune)).toThrow(/"web"/);
    expect(() => exportProposal(two, 'megatron-bridge', { ...finetune, valid: ['/v'] })).toThrow(/dataset=pretrain/);
  });

  it('are read from the call that a user has', () => {
    const reading = read(
      `from megatron.bridge.data.builders import DirectHFSFTDatasetConfig, HFDatasetSourceConfig
WEIGHTS = [1.0, 2]
dataset = DirectHFSFTDatasetConfig(
    seq_length=4096,
    source=[
        HFDatasetSourceConfig(dataset_name="squad"),  # reading
        HFDatasetSourceConfig(path_or_dataset="org/code", split="train"),
    ],
    source_weights=WEIGHTS,
    blend_seed=1234,
)
`,
      'finetune',
    );
    expect(reading.findings).toEqual([]);
    expect(amounts(reading)).toEqual([
      ['squad', 1],
      ['org/code', 2],
    ]);
  });

  it('get one pass each where no weights are given', () => {
    const reading = read('source = [HFDatasetSourceConfig(dataset_name="squad")]\n', 'finetune');
    expect(amounts(reading)).toEqual([['squad', 1]]);
    expect(said(reading, 'warning').join()).toContain('one pass');
  });

  it.each([
    ['no Python', 'source = [', /line 1/],
    ['no sources', 'weights = [1.0]\n', /source: is not assigned/],
    [
      'a weight too many',
      'source = [HFDatasetSourceConfig(dataset_name="a")]\nsource_weights = [1, 2]\n',
      /2 weights for 1/,
    ],
    ['a weight of 0', 'source = [HFDatasetSourceConfig(dataset_name="a")]\nsource_weights = [0.0]\n', /above 0/],
    ['a text as weight', 'source = [HFDatasetSourceConfig(dataset_name="a")]\nsource_weights = ["1"]\n', /no number/],
    ['a computed weight', 'source = [HFDatasetSourceConfig(dataset_name="a")]\nsource_weights = make()\n', /make\(\)/],
    ['a name and a path', 'source = [HFDatasetSourceConfig(dataset_name="a", path_or_dataset="b")]\n', /not both/],
    ['a bare name', 'source = ["squad"]\n', /no HFDatasetSourceConfig/],
  ])('has an error for %s', (_, content, message) => {
    expect(said(read(content, 'finetune'), 'error').join('\n')).toMatch(message);
  });
});
