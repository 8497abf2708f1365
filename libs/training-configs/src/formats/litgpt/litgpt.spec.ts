import { describe, expect, it } from 'vitest';
import { canonicalProposal, checkConfig, exportProposal } from '../../index.js';
import { parseLitGpt } from './parse.js';

const read = (content: string) => parseLitGpt({ path: 'data.py', content });
const complaints = (content: string) =>
  read(content).findings.map(({ level, where, message }) => `${level} ${where}: ${message}`);

const proposal = canonicalProposal({ weights: { web: 0.75, 'say "hi"': 0.25 } });
const location = '/data/{domain}';

describe('writeLitGpt', () => {
  it('has no default for the validation data unless it is given one', () => {
    const written = (valid?: string) => {
      const { files, usage } = exportProposal(proposal, 'litgpt', { location, seed: 7, valid });
      return { content: files[0]!.content, usage: usage.join('\n') };
    };
    const bare = written();
    expect(bare.content).toContain('    val_path: Union[str, Path]\n');
    expect(bare.content).toContain('    seed: int = 7\n');
    expect(bare.content).toContain('            self.stream("/data/say \\"hi\\""),\n');
    expect(bare.usage).toContain('--data mixture_data.MixtureData --data.val_path FOLDER');
    const whole = written('s3://bucket/val');
    expect(whole.content).toContain('    val_path: Union[str, Path] = "s3://bucket/val"\n');
    expect(whole.usage).not.toContain('--data.val_path');
  });

  it('refuses a folder that LitData would turn into the time of the day', () => {
    for (const options of [{ location: '/data/{domain}/{%Y-%m-%d}' }, { location, valid: '/val/{%H}' }]) {
      expect(() => exportProposal(proposal, 'litgpt', options)).toThrow('which LitData replaces by the time');
    }
  });

  it('simulates the workers of all devices, which draw the same sources', () => {
    const [phase] = exportProposal(proposal, 'litgpt', { location, devices: 4 }).phases;
    // √(0.75 · 0.25 · 4 · 8 / 10 000), to a whole number of draws
    expect(phase!.domains[0]!.standardError).toBeCloseTo(0.0245, 4);
    expect(phase!.remarks).toEqual([expect.stringContaining('32 data loader workers draw with the same seed')]);
  });
});

describe('drawLitGpt', () => {
  it('says how often all folders begin anew because one is used up', () => {
    const tokens = { web: 1e10, papers: 1e8 };
    const run = (targetTokens: number) =>
      exportProposal(canonicalProposal({ weights: { web: 0.8, papers: 0.2 } }, { tokens, targetTokens }), 'litgpt', {
        location,
      }).phases[0]!.remarks.slice(1);
    // 1e8 tokens at 0.2 of the run last for 5e8 tokens.
    expect(run(2e9)).toEqual([expect.stringMatching(/ends when "papers" is used up, so the run has 4 of them/)]);
    expect(run(5e8)).toEqual([]);
  });
});

/** A data module of the usual shape: folders in __post_init__, streams and weights in train_dataloader. */
const user = `
@dataclass
class Mixed(DataModule):
    seed: int = 11
    num_workers: int = 4

    def __post_init__(self):
        self.slim = str(self.data_path).rstrip("/") + "/slimpajama/train"
        self.star = "/data/starcoder"

    def train_dataloader(self) -> DataLoader:
        slim_train_data = StreamingDataset(
            input_dir=self.slim, item_loader=TokensLoader(block_size=self.seq_length), shuffle=True, drop_last=True
        )
        train_datasets = [
            slim_train_data,
            StreamingDataset(self.star, item_loader=TokensLoader(block_size=self.seq_length)),
        ]
        weights = (0.693584, 0.306416)
        train_data = CombinedStreamingDataset(
            datasets=train_datasets, seed=self.seed, weights=weights, iterate_over_all=False
        )
        return StreamingDataLoader(train_data, batch_size=self.batch_size, num_workers=self.num_workers)
`;

const combined = (rest: string) => `CombinedStreamingDataset([s("a"), s("b")], ${rest})`;

describe('parseLitGpt', () => {
  it('reads a data module, following names to streams and attributes to folders', () => {
    expect(read(user)).toEqual({
      findings: [],
      phases: [
        {
          name: null,
          start: 0,
          sources: [
            { key: 'self.slim', amount: 0.693584 },
            { key: '/data/starcoder', amount: 0.306416 },
          ],
        },
      ],
      settings: { seed: 11, num_workers: 4 },
    });
    const { phases } = checkConfig('litgpt', { path: 'data.py', content: user }, [{ domain: 'starcoder' }], {
      location,
    });
    expect(phases[0]!.sources.map(({ domain }) => domain)).toEqual([null, 'starcoder']);
    expect(phases[0]!.remarks[0]).toContain('4 data loader workers');
  });

  it.each([
    ['no mixture', 'x = 1', /^error the file: calls no CombinedStreamingDataset/],
    [
      'weights without iterate_over_all=False',
      combined('42, [0.5, 0.5]'),
      /^error .*has weights and no iterate_over_all=False/,
    ],
    ['iterate_over_all=True', combined('weights=[1, 1], iterate_over_all=True'), /^error .*iterate_over_all=False/],
    ['no weights', combined('iterate_over_all=False'), /^warning .*mixes by the lengths of the datasets/],
    ['one weight too few', combined('weights=[1.0], iterate_over_all=False'), /^error .*has 2 datasets and 1 weights/],
    ['a negative weight', combined('weights=[-1, 2], iterate_over_all=False'), /^error .*the weight -1 of "a"/],
    ['a weight as text', combined('weights=["1", 2], iterate_over_all=False'), /^error .*the weight "1" of "a"/],
    ['no weight above 0', combined('weights=[0, 0], iterate_over_all=False'), /^error .*has no weight above 0/],
    ['computed weights', combined('weights=shares(), iterate_over_all=False'), /^warning .*weights is shares\(\)/],
    [
      'one computed weight',
      combined('weights=[1/3, 0.5], iterate_over_all=False'),
      /^warning .*the weight 1\/3 of "a"/,
    ],
    ['a parameter that is none', combined('weight=[1, 1], iterate_over_all=False'), /^error .*weight is no parameter/],
    ['arguments that are not seen', combined('**options'), /^warning .*by \* or \*\*/],
    [
      'computed datasets',
      'CombinedStreamingDataset([s(d) for d in ds], weights=[1])',
      /^error .*not a list that stands/,
    ],
    ['a folder twice', 'CombinedStreamingDataset([s("a"), s("a")], 1, [1, 1], False)', /^warning .*"a" stands twice/],
    [
      'streams of samples',
      'CombinedStreamingDataset([StreamingDataset("a")], 1, [1], False)',
      /^warning StreamingDataset, line 1: has no item_loader/,
    ],
    [
      'whole batches',
      combined('weights=[1, 1], iterate_over_all=False, batching_method="per_stream"'),
      /^note .*each batch whole/,
    ],
    ['two mixtures', `${combined('1, [1, 1], False')}\n${combined('1, [1, 1], False')}`, /^warning .*is one of 2/],
    ['other sums', combined('1, [3, 1], False'), /^note .*the weights sum to 4/],
    ['a bracket that is open', 'CombinedStreamingDataset([s("a")', /^error line 1/],
  ])('complains about %s', (_, content, complaint) => {
    expect(complaints(content)).toContainEqual(expect.stringMatching(complaint));
  });
});
