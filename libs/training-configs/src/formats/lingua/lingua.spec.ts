import { describe, expect, it } from 'vitest';
import { readOptions } from '../../export/options.js';
import { canonicalProposal, exportProposal } from '../../index.js';
import { linguaFormat } from './lingua.format.js';

const options = readOptions('lingua', linguaFormat.options, {});
const read = (content: string) => linguaFormat.parse({ path: 'train.yaml', content }, options);
const levels = ({ findings }: ReturnType<typeof read>) => findings.map(({ level }) => level);

/** Shaped as apps/main/configs of Lingua. */
const training = `
dump_dir: !!str /tmp/run
name: large_lm
steps: 60_000
optim:
  lr: 3e-3
data:
  root_dir: data/shuffled
  sources:
    fineweb_edu_10bt_shuffled: 100.0
    "10": 1e-1
    wiki/en: 0.5
  batch_size: 4
  prefetch_size: 1024
  seq_len: 4096
  n_views: 2
  load_async: true
  add_bos: true
  add_eos: true
  tokenizer:
    name: tiktoken
    path: tokenizers/llama3.model
`;

describe('the sources of a Lingua configuration', () => {
  it('are read in order, exponents as numbers, with the sum that Lingua divides by', () => {
    const reading = read(training);
    expect(reading.phases).toEqual([
      {
        name: null,
        start: 0,
        sources: [
          { key: 'fineweb_edu_10bt_shuffled', amount: 100 },
          { key: '10', amount: 0.1 },
          { key: 'wiki/en', amount: 0.5 },
        ],
      },
    ]);
    expect(reading.findings).toEqual([
      { level: 'note', where: 'data.sources', message: expect.stringContaining('sum to 100.6') },
    ]);
  });

  const sources = (lines: string) => `data:\n  root_dir: /d\n  sources:\n${lines}`;
  it.each([
    ['no YAML', 'data: [1'],
    ['no data', 'steps: 5'],
    ['no sources', 'data:\n  root_dir: /d\n'],
    ['a list of sources', sources('    - web: 0.5\n')],
    ['no source in it', 'data:\n  root_dir: /d\n  sources: {}\n'],
    ['a field that data does not have', `${sources('    web: 1.0\n')}  weights: [1]\n`],
    ['a name that is a number', sources('    10: 0.5\n    web: 0.5\n')],
    ['a name that is a truth value', sources('    no: 0.5\n    web: 0.5\n')],
    ['a name twice', sources('    web: 0.5\n    web: 0.5\n')],
    ['a negative weight', sources('    web: -0.5\n    code: 1.5\n')],
    ['a weight in words', sources('    web: half\n')],
    ['a truth value for a weight', sources('    web: true\n')],
    ['no weight', sources('    web:\n')],
    ['an infinite weight', sources('    web: .inf\n')],
    ['zeros alone', sources('    web: 0\n    code: 0.0\n')],
  ])('are refused with %s', (_, content) => {
    expect(levels(read(content))).toContain('error');
  });

  it.each([
    ['a folder outside root_dir', sources('    ../web: 1.0\n'), 'warning', 'leaves root_dir'],
    ['an absolute folder', sources('    /web: 1.0\n'), 'warning', 'absolute'],
    ['text that reads as a number', sources('    web: "1.0"\n'), 'note', 'OmegaConf reads as a number'],
    ['a value filled in later', sources(`    web: \${w}\n`), 'note', 'fills in'],
    ['a weight of 0', sources('    web: 1.0\n    code: 0\n'), 'note', 'never drawn'],
    ['no root_dir', 'data:\n  sources:\n    web: 1.0\n', 'note', 'cannot start without it'],
  ])('say of %s', (_, content, level, message) => {
    expect(read(content).findings).toMatchObject([{ level, message: expect.stringContaining(message) }]);
  });
});

describe('an export for Lingua', () => {
  const proposal = canonicalProposal(
    { weights: { web: 0.5, code: 0.5 } },
    { tokens: { web: 1e9, code: 1e9 }, documents: { web: 3e6, code: 1e6 } },
  );

  it('draws the domain of short documents more often', () => {
    const { files, unit } = exportProposal(proposal, 'lingua', { rootDir: '/data' });
    expect(unit).toBe('documents');
    expect(files[0]!.content).toContain(
      'data:\n  root_dir: /data\n  sources:\n    web: 0.750000000000\n    code: 0.250000000000\n',
    );
  });

  it.each(['../{domain}', '/data/{domain}', './{domain}', '{domain}/'])('keeps to sub-directories: %s', (location) => {
    expect(() => exportProposal(proposal, 'lingua', { location })).toThrow('the sub-directory of "web"');
  });

  it('refuses a root_dir that OmegaConf would fill in', () => {
    expect(() => exportProposal(proposal, 'lingua', { rootDir: `/d/\${oc.env:HOME}` })).toThrow('the option rootDir');
  });
});
