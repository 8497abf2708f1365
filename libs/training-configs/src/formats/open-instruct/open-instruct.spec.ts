import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalProposal, checkConfig, type ExportOptions, exportProposal, readMixture } from '../../index.js';

const corpus = { tokens: { web: 3e9, code: 1e9, papers: 2e8 }, documents: { web: 3e6, code: 5e5, papers: 2e4 } };
const proposal = (weights: Record<string, number> = { web: 0.6, code: 0.3, papers: 0.1 }, targetTokens = 4e9) =>
  canonicalProposal({ id: 'p', weights, targetTokens }, corpus);
const exported = (options: ExportOptions = { location: 'org/{domain}' }) =>
  exportProposal(proposal(), 'open-instruct', options);
const fileOf = (options: ExportOptions | undefined, name: string) =>
  exported(options).files.find(({ path }) => path === name)!.content;
const args = (content: string) => checkConfig('open-instruct', { path: 'run.sh', content });
const yaml = (content: string) => checkConfig('open-instruct', { path: 'run.yaml', content });
const amounts = ({ phases }: ReturnType<typeof args>) => phases[0]?.sources.map(({ key, amount }) => [key, amount]);

describe('the export for Open-Instruct', () => {
  it('writes passes over each data set, always with a point', () => {
    expect(fileOf(undefined, 'mixture.args')).toBe(
      '--dataset_mixer_list\norg/web 0.800000000000\norg/code 1.200000000000\norg/papers 2.000000000000\n' +
        '--dataset_mixer_list_splits train\n',
    );
  });

  it('writes the amounts of the YAML file as text, because Open-Instruct fails on numbers there', () => {
    const { dataset_mixer_list: list, dataset_mixer_list_splits: splits } = parse(fileOf(undefined, 'mixture.yaml'));
    expect(list).toEqual(['org/web', '0.800000000000', 'org/code', '1.200000000000', 'org/papers', '2.000000000000']);
    expect(splits).toEqual(['train']);
  });

  it('previews whole rows', () => {
    const [phase] = exported().phases;
    expect(phase!.draws).toBe(2_400_000 + 600_000 + 40_000);
    expect(phase!.domains[2]!.realised).toBeCloseTo(0.1, 12);
    expect(phase!.remarks).toEqual([]);
  });

  it('refuses less than one row, and a run of unknown length', () => {
    const tiny = proposal({ web: 1, papers: 1e-9 }, 1e9);
    expect(() => exportProposal(tiny, 'open-instruct', { location: 'org/{domain}' })).toThrow(
      '"papers" would get less than one of its 20000 rows',
    );
    const open = canonicalProposal({ weights: { web: 1 } }, corpus);
    expect(() => exportProposal(open, 'open-instruct', { location: 'org/{domain}' })).toThrow('how long the run is');
  });

  it.each([
    ['/my data/{domain}', 'white space'],
    ['/data/{domain}*.jsonl', 'a shell takes'],
    ['org/corpus:{domain}', 'has a colon'],
    ['--{domain}', 'begins with -'],
    ['$HOME/{domain}', 'holds $'],
    ['/data/{domain}|x', 'holds |'],
  ])('refuses the location %j', (location, message) => {
    expect(() => exported({ location })).toThrow(message);
  });

  it('refuses a name that reads as a number, and a split that files do not have', () => {
    const odd = canonicalProposal({ weights: { '1.0': 1 }, targetTokens: 1e9 }, { tokens: { '1.0': 1e9 } });
    expect(() => exportProposal(odd, 'open-instruct', { location: '{domain}' })).toThrow('looks like a number');
    expect(() => exported({ location: '/data/{domain}.jsonl', split: 'test' })).toThrow('split train alone');
    expect(() => exported({ location: 'org/{domain}', split: 'a b' })).toThrow('one word');
  });
});

describe('reading arguments for Open-Instruct', () => {
  it('finds the list in a script, through comments, quotes and line continuations', () => {
    const report = args(`
# --dataset_mixer_list org/old 1.0
python mason.py --image x -- uv run python open_instruct/finetune.py \\
    --exp_name run \\
    --dataset_mixer_list 'org/web' 0.5 \\
        "org/code" 1.5 \\
    --dataset_mixer_list_splits train \\
    --seed 1 && echo done
`);
    expect(report.usable).toBe(true);
    expect(amounts(report)).toEqual([
      ['org/web', 0.5],
      ['org/code', 1.5],
    ]);
  });

  it('ends the list with its command', () => {
    expect(amounts(args('python x.py --dataset_mixer_list a 1.0\necho b 2.0\n'))).toEqual([['a', 1]]);
  });

  it.each([
    ['"1", which is one row', '--dataset_mixer_list a 1', 'one row, not all of them'],
    ['an exponent without a point', '--dataset_mixer_list a 1e-3', 'no whole number'],
    ['an amount that is missing', '--dataset_mixer_list a 1.0 b', 'not data set and amount in turn'],
    ['an amount of 0', '--dataset_mixer_list a 0.0', 'above 0'],
    ['0 rows', '--dataset_mixer_list a 0', 'leaves no row'],
    ['an amount below 0', '--dataset_mixer_list a -0.5', 'above 0'],
    ['a word', '--dataset_mixer_list a b.c', 'above 0'],
    ['a split for each data set', '--dataset_mixer_list a 1.0 b 1.0 c 1.0 --dataset_mixer_list_splits x y z', 'or 6'],
    ['a file with another split', '--dataset_mixer_list a.jsonl 1.0 --dataset_mixer_list_splits test', 'must be train'],
    ['a variable', '--dataset_mixer_list $DATA', 'a shell fills in'],
    ['no list', 'python open_instruct/finetune.py --seed 1', 'is missing'],
  ])('refuses %s', (_, content, message) => {
    const { usable, findings } = args(content);
    expect(usable).toBe(false);
    expect(findings[0]!.message).toContain(message);
  });

  it('warns of numbers of rows, which tell no share', () => {
    const report = args('--dataset_mixer_list org/a 64 org/b 1.0 --dataset_mixer_list_splits train');
    expect(report.usable).toBe(true);
    expect(report.findings[0]).toMatchObject({ level: 'warning', message: expect.stringContaining('number of rows') });
    expect(amounts(report)).toEqual([
      ['org/a', null],
      ['org/b', 1],
    ]);
  });

  it('warns where name and amount have changed places, and of a data set twice', () => {
    expect(args('--dataset_mixer_list 0.5 1.0').findings[0]!.message).toContain('reads as a number');
    expect(args('--dataset_mixer_list a 1.0 a 0.5').findings[0]!.message).toContain('stands twice');
  });
});

describe('reading a configuration for Open-Instruct', () => {
  it('takes text, and refuses numbers, on which `"." in amount` fails', () => {
    expect(amounts(yaml('dataset_mixer_list: [org/a, "0.5", org/b, "1.0"]\nseed: 1\n'))).toEqual([
      ['org/a', 0.5],
      ['org/b', 1],
    ]);
    const { usable, findings } = yaml('dataset_mixer_list: [org/a, 0.5]\n');
    expect(usable).toBe(false);
    expect(findings[0]!.message).toContain('put it in quotes');
  });

  it.each([
    ['the older map', 'dataset_mixer: {org/a: 0.5}\n', 'the older way'],
    ['a text', 'dataset_mixer_list: org/a 1.0\n', 'not a list'],
    ['no YAML', 'dataset_mixer_list: [', 'no YAML'],
  ])('refuses %s', (_, content, message) => {
    const { usable, findings } = yaml(content);
    expect(usable).toBe(false);
    expect(findings[0]!.message).toContain(message);
  });

  it('is a baseline of token shares', () => {
    const file = { path: 'run.yaml', content: 'dataset_mixer_list: [web, "0.8", code, "1.2", papers, "2.0"]\n' };
    const { weights } = readMixture('open-instruct', file, proposal().domains);
    expect(weights.web).toBeCloseTo(0.6, 12);
    expect(weights.papers).toBeCloseTo(0.1, 12);
  });
});
