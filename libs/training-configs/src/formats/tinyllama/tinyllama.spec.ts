import { describe, expect, it } from 'vitest';
import { canonicalProposal, checkConfig, exportProposal } from '../../index.js';
import { parseTinyLlama } from './parse.js';

const read = (content: string) => parseTinyLlama({ path: 'tinyllama.py', content });
const complaints = (content: string) =>
  read(content).findings.map(({ level, where, message }) => `${level} ${where}: ${message}`);

describe('writeTinyLlama', () => {
  it('refuses a prefix that would find the files of another domain, and says how to give one that does not', () => {
    const proposal = canonicalProposal({ weights: { wiki: 0.5, 'wiki-en': 0.3, wikipedia: 0.2 } });
    const at = (location: string) => () => exportProposal(proposal, 'tinyllama', { location });
    expect(at('train_{domain}')).toThrow(/"train_wiki", is the beginning of "train_wiki-en", that of "wiki-en"/);
    expect(at('train_{domain}_')().files[0]!.content).toContain('("train_wiki_", 0.500000000000)');
  });

  it('lists the validation files with equal weights, and refuses one that is given twice', () => {
    const proposal = canonicalProposal({ weights: { web: 1 } });
    const { files } = exportProposal(proposal, 'tinyllama', { valid: ['validation', 'held_out'] });
    expect(files[0]!.content).toContain('\nval_data_config = [\n    ("validation", 1.0),\n    ("held_out", 1.0),\n]\n');
    expect(() => exportProposal(proposal, 'tinyllama', { valid: ['a', 'a'] })).toThrow('gives a twice');
  });

  it('simulates devices that draw the same sources', () => {
    const proposal = canonicalProposal({ weights: { web: 0.5, code: 0.5 } });
    const [alone] = exportProposal(proposal, 'tinyllama', { devices: 1 }).phases;
    const [many] = exportProposal(proposal, 'tinyllama', { devices: 64 }).phases;
    expect(alone!.domains[0]!.standardError).toBeCloseTo(0.005, 6);
    expect(many!.domains[0]!.standardError).toBeCloseTo(0.04, 3);
    expect(many!.remarks).toEqual([expect.stringContaining('64 devices draw with the same seed')]);
  });
});

/** As in pretrain/tinyllama.py. */
const script = `
model_name = "tiny_LLaMA_1b"
# Treat all dataset equally by their size.
train_data_config = [
    ("train_slim", 0.693584),
    ("train_star", 0.306416),
]
val_data_config = [
    ("validation", 1.0),
]
hparams = {k: v for k, v in locals().items() if isinstance(v, (int, float, str)) and not k.startswith("_")}

def create_dataloader(split="train"):
    data_config = train_data_config if split == "train" else val_data_config
    for prefix, _ in data_config:
        filenames = sorted(glob.glob(str(data_dir / f"{prefix}*")))
`;

describe('parseTinyLlama', () => {
  it('reads the list in the whole training script', () => {
    expect(read(script)).toEqual({
      findings: [],
      phases: [
        {
          name: null,
          start: 0,
          sources: [
            { key: 'train_slim', amount: 0.693584 },
            { key: 'train_star', amount: 0.306416 },
          ],
        },
      ],
      splits: { valid: ['validation'], test: null },
      settings: {},
    });
  });

  it('finds the domains of a corpus behind the prefixes', () => {
    const domains = [{ domain: 'slim' }, { domain: 'star' }];
    const file = { path: 'tinyllama.py', content: script };
    const { phases } = checkConfig('tinyllama', file, domains, { location: 'train_{domain}' });
    expect(phases[0]!.sources.map(({ domain, tokenShare }) => [domain, tokenShare])).toEqual([
      ['slim', 0.693584],
      ['star', 0.306416],
    ]);
  });

  it.each([
    ['no list', 'x = 1', /^error the file: assigns no train_data_config/],
    ['a list that is computed', 'train_data_config = [(n, 1.0) for n in names]', /not a list of prefixes and weights/],
    ['an empty list', 'train_data_config = []', /^error train_data_config: has no source/],
    ['a flat list', 'train_data_config = ["a", 0.5]', /^error train_data_config\[0\], line 1: is "a", not a pair/],
    ['three values', 'train_data_config = [("a", 0.5, 1)]', /not a pair/],
    ['a weight before its prefix', 'train_data_config = [(0.5, "a")]', /not a pair/],
    ['a negative weight', 'train_data_config = [("a", -0.5), ("b", 1.5)]', /the weight -0\.5 of "a" must be/],
    ['a weight as text', 'train_data_config = [("a", "0.5")]', /the weight "0\.5" of "a" must be/],
    [
      'no weight above 0',
      'train_data_config = [("a", 0), ("b", 0.0)]',
      /^error train_data_config: has no weight above 0/,
    ],
    ['a computed weight', 'train_data_config = [("a", 1 / 3)]', /^warning .*the weight 1 \/ 3 of "a" is no number/],
    [
      'a prefix in a prefix',
      'train_data_config = [("web", 0.5), ("web_de", 0.5)]',
      /"web" is the beginning of "web_de"/,
    ],
    ['a prefix twice', 'train_data_config = [("a", 0.5), ("a", 0.5)]', /^warning .*"a" stands twice/],
    ['a pattern', 'train_data_config = [("web_*_de", 1)]', /^note .*glob takes "web_\*_de" for a pattern/],
    ['counts', 'train_data_config = [("a", 3), ("b", 1)]', /^note .*the weights sum to 4/],
    ['two lists', 'train_data_config = [("a", 1)]\ntrain_data_config = [("b", 1)]', /^warning .*assigned 2 times/],
    ['a slip of the pen', 'train_data_config = [\n    ("a", 0.5)\n    ("b", 0.5),\n]', /\("a", 0\.5\)/],
    ['a bracket that is open', 'train_data_config = [("a", 0.5),\n', /^error line/],
  ])('complains about %s', (_, content, complaint) => {
    expect(complaints(content)).toContainEqual(expect.stringMatching(complaint));
  });
});
