import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readOptions } from '../../export/options.js';
import { exportProposal } from '../../index.js';
import { canonicalProposal } from '../../proposal/read-proposal.js';
import { nemoFormat } from './nemo.format.js';

const read = (content: string, release = '2') =>
  nemoFormat.parse({ path: 'mine', content }, readOptions('nemo', nemoFormat.options, { release }));
const said = ({ findings }: ReturnType<typeof read>, level: string) =>
  findings.filter((finding) => finding.level === level).map(({ where, message }) => `${where}: ${message}`);
const amounts = (reading: ReturnType<typeof read>) =>
  reading.phases[0]?.sources.map(({ key, amount }) => [key, amount]);

const two = canonicalProposal({ weights: { web: 0.7, code: 0.3 } });
const location = '/data/{domain}_text_document';
const pair = [
  ['/a', 0.7],
  ['/b', 0.3],
];

describe('a file of NeMo', () => {
  it('is YAML of NeMo 1 by its name, also without the option', () => {
    const content = 'model:\n  data:\n    splits_string: "100,0,0"\n    data_prefix: [0.7, /a, 0.3, /b]\n';
    const options = readOptions('nemo', nemoFormat.options, {});
    expect(amounts(nemoFormat.parse({ path: 'gpt.yaml', content }, options))).toEqual(pair);
  });
});

describe('paths of NeMo 2', () => {
  it.each([
    ['assigned', 'paths = ["0.7", "/a", "0.3", "/b"]\n'],
    ['with numbers, as a tuple', 'paths = (.7, "/a", 3e-1, "/b")  # main blend\n'],
    [
      'passed to the data module',
      'from nemo.collections import llm\ndata = llm.PreTrainingDataModule(paths=["0.7", "/a", "0.3", "/b"], seq_length=8192)\n',
    ],
    [
      'configured for NeMo-Run, by a name',
      'BLEND = ["0.7", "/a", "0.3", "/b"]\ndata = run.Config(PreTrainingDataModule, paths=BLEND, split="99,1,0")\n',
    ],
  ])('are read where they are %s', (_, content) => {
    const reading = read(content);
    expect(amounts(reading)).toEqual(pair);
    expect(reading.findings.map(({ level }) => level)).toEqual(['note']);
    expect(said(reading, 'note').join()).toContain('limit_val_batches');
  });

  it('are read as a dict with a list for each split', () => {
    const reading = read(
      'paths = {\n  "train": ["0.7", "/a", "0.3", "/b"],\n  "validation": ["/v"],\n  "test": ["/t", "/u"],\n}\n',
    );
    expect(amounts(reading)).toEqual(pair);
    expect(reading.splits).toEqual({ valid: ['/v'], test: ['/t', '/u'] });
    expect(reading.findings).toEqual([]);
  });

  it.each([
    ['no Python', 'paths = ["0.7", "/a"', /line 1/],
    ['no paths', 'data = ["1", "/a"]\n', /neither assigned nor passed/],
    ['the key valid', 'paths = {"train": ["1", "/a"], "valid": ["/v"], "test": ["/t"]}\n', /validation: is missing/],
    ['None for a split', 'paths = {"train": ["1", "/a"], "validation": None, "test": None}\n', /test: is missing/],
    [
      'a bare text in a dict, which is taken letter by letter',
      'paths = {"train": ["1", "/a"], "validation": "/v", "test": ["/t"]}\n',
      /letter by letter/,
    ],
    ['a computed path', 'paths = ["0.7", f"{ROOT}/a", "0.3", "/b"]\n', /cannot be told/],
    ['a computed list', 'paths = blend("web")\n', /no list/],
    [
      'a fraction with a single list',
      'paths = ["1", "/a"]\nt = Trainer(limit_val_batches=0.5)\n',
      /refuses a fraction/,
    ],
    [
      'validation weights with a fraction',
      'paths = {"train": ["1", "/a"], "validation": ["1", "/v"], "test": ["/t"]}\nt = Trainer(limit_val_batches=1.0)\n',
      /has weights/,
    ],
    ['a lost weight', 'paths = ["0.7", "/a", "/b", "/c"]\n', /every word/],
    ['a file name', 'paths = ["0.7", "/a.bin", "0.3", "/b"]\n', /without \.bin/],
  ])('have an error for %s', (_, content, message) => {
    expect(said(read(content), 'error').join('\n')).toMatch(message);
  });

  it('get a warning for validation weights, which the default of limit_val_batches refuses', () => {
    const content = 'paths = {"train": ["1", "/a"], "validation": ["1", "/v"], "test": ["/t"]}\n';
    expect(said(read(content), 'warning').join()).toContain('default is 1.0');
    expect(said(read(`${content}t = Trainer(limit_val_batches=32)\n`), 'error')).toEqual([]);
  });

  it('are written as one list, all of it for training', () => {
    const { files, usage } = exportProposal(two, 'nemo', { location });
    expect(files[0]!.path).toBe('paths.py');
    expect(files[0]!.content).toMatch(/\nsplit = "100,0,0"\n$/);
    expect(amounts(read(files[0]!.content))).toEqual([
      ['/data/web_text_document', 0.7],
      ['/data/code_text_document', 0.3],
    ]);
    expect(usage.join('\n')).toContain('limit_val_batches to 0');
  });

  it('are written as a dict where all three splits are given, and refused with two', () => {
    const { files } = exportProposal(two, 'nemo', { location, valid: ['/v'], test: ['/t'] });
    expect(read(files[0]!.content).splits).toEqual({ valid: ['/v'], test: ['/t'] });
    expect(() => exportProposal(two, 'nemo', { location, valid: ['/v'] })).toThrow(/give the option test too/);
    expect(() => exportProposal(two, 'nemo', { location, test: ['/t'] })).toThrow(/give the option valid too/);
  });

  it('may hold white space, which only the words of a text are cut at', () => {
    const { files } = exportProposal(two, 'nemo', { location: '/my data/{domain}' });
    expect(amounts(read(files[0]!.content))![0]).toEqual(['/my data/web', 0.7]);
    expect(() => exportProposal(two, 'nemo', { location: '/data/{domain} ' })).toThrow(/ends with white space/);
  });

  it('hold quotes and backslashes as Python reads them', () => {
    const hostile = '/data/"{domain}"\\n';
    const { files } = exportProposal(two, 'nemo', { location: hostile });
    expect(amounts(read(files[0]!.content))![0]).toEqual(['/data/"web"\\n', 0.7]);
  });
});

describe('data_prefix of NeMo 1', () => {
  const data = (lines: string) => `trainer:\n  max_steps: 1000\nmodel:\n  data:\n${lines}`;

  it('is read as its configuration has it', () => {
    const reading = read(data('    data_prefix:\n      - .7\n      - /a\n      - 3e-1\n      - /b\n'), '1');
    expect(amounts(reading)).toEqual(pair);
    expect(reading.findings).toEqual([]);
  });

  it('is read as a map with a list for each split', () => {
    const reading = read(data('    data_prefix: {train: [0.7, /a, 0.3, /b], validation: [/v], test: [/t]}\n'), '1');
    expect(amounts(reading)).toEqual(pair);
    expect(reading.splits).toEqual({ valid: ['/v'], test: ['/t'] });
    expect(reading.findings).toEqual([]);
  });

  it.each([
    ['nothing', 'model: {}\n', /data_prefix: is missing/],
    ['three question marks', data('    data_prefix: ???\n'), /value to be given/],
    ['one text', data('    data_prefix: 0.7 /a 0.3 /b\n'), /no list/],
    ['a split too few', data('    data_prefix: {train: [1, /a], validation: [/v]}\n'), /test: is missing/],
    ['a bare name that is a truth value', data('    data_prefix: [0.5, /a, 0.5, off]\n'), /holds false/],
    ['a bare name that is a number', data('    data_prefix: [0.5, /a, 0.5, 1:30]\n'), /90 .*is a number/],
  ])('has an error for %s', (_, content, message) => {
    expect(said(read(content, '1'), 'error').join('\n')).toMatch(message);
  });

  it('is written with numbers and quoted names', () => {
    const { files } = exportProposal(two, 'nemo', { location, release: '1' });
    expect(files[0]!.path).toBe('data.yaml');
    expect(parseYaml(files[0]!.content)).toEqual({
      model: {
        data: {
          data_prefix: [0.7, '/data/web_text_document', 0.3, '/data/code_text_document'],
          splits_string: '100,0,0',
        },
      },
    });
    const splits = exportProposal(two, 'nemo', { location, release: '1', valid: ['no'], test: ['/t'] });
    expect(parseYaml(splits.files[0]!.content).model.data.data_prefix.validation).toEqual(['no']);
    expect(splits.files[0]!.content).toContain('"no"');
    const interpolated = `$${'{oc.env:DATA}'}/{domain}`;
    expect(() => exportProposal(two, 'nemo', { location: interpolated, release: '1' })).toThrow(/OmegaConf/);
  });
});
