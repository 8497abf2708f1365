import { describe, expect, it } from 'vitest';
import { readOptions } from '../../export/options.js';
import { canonicalProposal, exportProposal } from '../../index.js';
import { fairseq2Format } from './fairseq2.format.js';

const options = readOptions('fairseq2', fairseq2Format.options, {});
const read = (content: string) => fairseq2Format.parse({ path: 'config.yaml', content }, options);
const levels = ({ findings }: ReturnType<typeof read>) => findings.map(({ level }) => level);
const sources = (lines: string) => `dataset:\n  family: lm_train\n  config_overrides:\n    sources:\n${lines}`;

describe('the sources of a fairseq2 recipe', () => {
  it('are read from a whole configuration, numbers that PyYAML takes for text included', () => {
    const reading = read(
      `model:\n  name: llama3_2_1b\n${sources(
        '      - path: /data/web\n        weight: 2.0\n      - {path: /data/code, weight: 1e-1}\n      - path: "010"\n        weight: 1\n',
      )}  max_seq_len: 4096\nregime:\n  num_steps: 76000\n`,
    );
    expect(reading.phases[0]!.sources).toEqual([
      { key: '/data/web', amount: 2 },
      { key: '/data/code', amount: 0.1 },
      { key: '010', amount: 1 },
    ]);
    expect(reading.findings).toMatchObject([
      { level: 'note', where: 'sources[1].weight' },
      { level: 'note', message: expect.stringContaining('sum to 3.1') },
    ]);
  });

  it.each([
    ['no YAML', 'dataset: [1'],
    ['no data set', 'model: {}'],
    ['no overrides', 'dataset:\n  family: lm_train\n'],
    [
      'a field that the data set does not have',
      'dataset:\n  config_overrides:\n    weights: [1]\n    sources: [{path: /a}]\n',
    ],
    ['a map of sources', sources('      web: 0.5\n')],
    ['no source in it', 'dataset:\n  config_overrides:\n    sources: []\n'],
    ['a name alone', sources('      - /data/web\n')],
    ['a field that a source does not have', sources('      - {path: /a, weight: 1.0, split: train}\n')],
    ['a path that is a number', sources('      - {path: 010, weight: 1.0}\n')],
    ['no path', sources('      - {weight: 1.0}\n')],
    ['a weight of 0', sources('      - {path: /a, weight: 0.0}\n')],
    ['a weight that is 0 as float32', sources('      - {path: /a, weight: 1.0e-50}\n')],
    ['a weight beyond float32', sources('      - {path: /a, weight: 1.0e+40}\n')],
    ['a negative weight', sources('      - {path: /a, weight: -1.0}\n')],
    ['a weight in words', sources('      - {path: /a, weight: half}\n')],
    ['nothing for a weight', sources('      - {path: /a, weight: }\n')],
  ])('are refused with %s', (_, content) => {
    expect(levels(read(content))).toContain('error');
  });

  it.each([
    ['no weight', sources('      - {path: /a}\n'), 'takes for 1.0'],
    ['a truth value', sources('      - {path: /a, weight: true}\n'), 'Python takes for 1'],
    ['a path twice', sources('      - {path: /a, weight: 0.5}\n      - {path: /a, weight: 0.5}\n'), 'two sources'],
    [
      'another family',
      'dataset:\n  family: jepa\n  config_overrides:\n    sources: [{path: /a, weight: 1.0}]\n',
      'lm_train',
    ],
  ])('are taken with a warning for %s', (_, content, message) => {
    expect(read(content).findings).toMatchObject([{ level: 'warning', message: expect.stringContaining(message) }]);
  });
});

describe('an export for fairseq2', () => {
  it('says which domain float32 never lets it draw', () => {
    const proposal = canonicalProposal(
      { weights: { web: 0.5, code: 0.499999999, dust: 1e-9 } },
      { tokens: { web: 1e9, code: 1e9, dust: 1e9 }, documents: { web: 1e6, code: 1e6, dust: 1e6 } },
    );
    const { phases } = exportProposal(proposal, 'fairseq2', fairseq2Format.example);
    expect(phases[0]!.domains[2]!.realised).toBe(0);
    expect(phases[0]!.remarks).toEqual([expect.stringContaining('never drawn')]);
  });
});
