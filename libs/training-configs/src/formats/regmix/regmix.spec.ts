import { describe, expect, it } from 'vitest';
import { canonicalProposal, exportProposal } from '../../index.js';
import { parseRegMix } from './parse.js';

const read = (content: string) => parseRegMix({ path: 'mixture.yaml', content });
const complaints = (content: string) =>
  read(content).findings.map(({ level, where, message }) => `${level} ${where}: ${message}`);

const proposal = canonicalProposal({ weights: { wiki: 0.5, wikipedia: 0.3, '010': 0.2 } });

describe('writeRegMix', () => {
  it('writes what the loader needs, validation included, names that are numbers in their place and in quotes', () => {
    const options = { location: '{domain}', valid: ['valid_wiki'], modelName: 'tinyllama_60M', seed: 7 };
    const { files, warnings } = exportProposal(proposal, 'regmix', options);
    expect(files[0]!.content.split('\n\n')[1]).toBe(
      'train:\n  wiki: 0.500000000000\n  wikipedia: 0.300000000000\n  "010": 0.200000000000\n' +
        'valid:\n  valid_wiki: 1.0\nmodel_name: tinyllama_60M\ndata_seed: 7\n',
    );
    expect(warnings).toEqual([
      'The prefix "wiki" is the beginning of "wikipedia": versions of the loader that look for wiki* read the files of ' +
        'both for "wiki".',
    ]);
  });

  it('refuses a prefix that finds the files of another domain in every version of the loader', () => {
    for (const longer of ['wiki-en', 'wiki_en']) {
      const nested = canonicalProposal({ weights: { wiki: 0.5, [longer]: 0.5 } });
      expect(() => exportProposal(nested, 'regmix')).toThrow(
        `"train_wiki", is the beginning of "train_${longer}", that of "${longer}"`,
      );
      expect(exportProposal(nested, 'regmix', { location: '{domain}/train' }).warnings).toEqual([]);
    }
  });
});

/** As in mixture_config/config_1b, shortened, and what the proxy runs add. */
const user = `train:
  train_the_pile_arxiv: 0.0012
  train_the_pile_philpapers: 1.329107360676338e-05
  train_the_pile_pile_cc: 0.99878670892639323662
valid:
  valid_the_pile_pile_cc: 1.0
  valid_the_pile_arxiv: 1.0
model_name: tinyllama_1M
total_devices: 1
num_of_devices: 1
global_batch_size: 512
micro_batch_size: 16
max_step: 1001
`;

describe('parseRegMix', () => {
  it('reads a mixture with a number that YAML takes for text, and the settings that decide about the draws', () => {
    const { phases, splits, settings, findings } = read(user);
    expect(phases[0]!.sources).toEqual([
      { key: 'train_the_pile_arxiv', amount: 0.0012 },
      { key: 'train_the_pile_philpapers', amount: 1.329107360676338e-5 },
      { key: 'train_the_pile_pile_cc', amount: 0.9987867089263932 },
    ]);
    expect(splits!.valid).toEqual(['valid_the_pile_pile_cc', 'valid_the_pile_arxiv']);
    expect(settings).toEqual({ model_name: 'tinyllama_1M', total_devices: 1, micro_batch_size: 16 });
    expect(findings).toEqual([]);
    expect(read(user.replace('1.329107360676338e-05', '1e-5')).phases[0]!.sources[1]!.amount).toBe(1e-5);
  });

  it.each([
    ['no train', 'valid: {}', /^error train: is missing/],
    ['no valid', 'train: {a: 1.0}', /^error valid: is missing: the loader deletes the key/],
    ['an empty valid', 'train: {a: 1.0}\nvalid:\n', /^error valid: is empty, not a map/],
    ['a list', 'train: [a, b]\nvalid: {}', /^error train: is a list, not a map/],
    ['a list at the top', '- a', /^error the file: is a list, not a map/],
    ['no YAML', 'train: {a: 1', /^error line/],
    ['a name that is a number', 'train: {010: 1.0}\nvalid: {}', /^error line 1: the key 010 is no text/],
    ['a name that is false', 'train:\n  no: 1.0\nvalid: {}', /^error line 2: the key no is no text/],
    ['a name twice', 'train:\n  a: 0.5\n  a: 0.5\nvalid: {}', /^error line/],
    ['a negative weight', 'train: {a: -1.0, b: 2.0}\nvalid: {}', /^error train\.a: is -1/],
    ['a weight that is no number', 'train: {a: half}\nvalid: {}', /^error train\.a: is the text "half"/],
    ['a weight that is a list', 'train: {a: [1]}\nvalid: {}', /^error train\.a: is a list/],
    ['no weight above 0', 'train: {a: 0}\nvalid: {}', /^error train: has no weight above 0/],
    ['no source', 'train: {}\nvalid: {}', /^error train: has no source/],
    [
      'a prefix of a prefix',
      'train: {wiki: 0.5, wiki_en: 0.5}\nvalid: {}',
      /^error train: .*wiki_\* finds the files of both/,
    ],
    ['a beginning', 'train: {wiki: 0.5, wikipedia: 0.5}\nvalid: {}', /^note train: .*looks for wiki\* reads/],
    ['other sums', 'train: {a: 3, b: 1}\nvalid: {}', /^note train: the weights sum to 4/],
    ['a key that nothing reads', 'train: {a: 1}\nvalid: {}\nseed: 42', /^note seed: is no variable/],
    [
      'steps without a batch size',
      'train: {a: 1}\nvalid: {}\nmax_step: 10',
      /^warning max_step: has no effect .*global_batch_size/,
    ],
  ])('complains about %s', (_, content, complaint) => {
    expect(complaints(content)).toContainEqual(expect.stringMatching(complaint));
  });
});
