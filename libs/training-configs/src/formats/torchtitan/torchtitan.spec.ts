import { describe, expect, it } from 'vitest';
import { readOptions } from '../../export/options.js';
import { canonicalProposal, checkConfig, exportProposal } from '../../index.js';
import { parseTorchTitan } from './parse.js';
import { torchTitanFormat } from './torchtitan.format.js';

const read = (content: string, mix = 'packed') =>
  parseTorchTitan({ path: 'mixture.py', content }, readOptions('torchtitan', torchTitanFormat.options, { mix }));
const complaints = (content: string, mix?: string) =>
  read(content, mix).findings.map(({ level, where, message }) => `${level} ${where}: ${message}`);

const location = '/data/{domain}/*.jsonl';

describe('writeTorchTitan', () => {
  it('packs each domain before the mix, or the mixture of documents, with weights to match', () => {
    const facts = { tokens: { web: 1e9, code: 1e9 }, documents: { web: 1e6, code: 5e5 } };
    const proposal = canonicalProposal({ weights: { web: 0.5, code: 0.5 } }, facts);
    const [packed, mixed] = ['packed', 'documents'].map((mix) =>
      exportProposal(proposal, 'torchtitan', { location, mix }),
    );
    expect([packed!.unit, mixed!.unit]).toEqual(['sequences', 'documents']);
    const [rows, documents] = [packed!.files[0]!.content, mixed!.files[0]!.content];
    expect(rows).toContain('dataset=ConcatThenSplitPackingConfig(dataset=web), weight=0.500000000000)');
    expect(rows).toContain('dataloader = GrainDataLoader.Config(dataset=mixture, seed=42)');
    expect(documents).toContain('WeightedDataset(dataset=web, weight=0.666666666666667)');
    expect(documents).toContain('Config(dataset=ConcatThenSplitPackingConfig(dataset=mixture), seed=42)');
    for (const domain of [...packed!.phases[0]!.domains, ...mixed!.phases[0]!.domains]) {
      expect(domain.realised).toBeCloseTo(0.5, 3);
    }
  });

  it('gives every domain a variable of its own, whatever the names', () => {
    const proposal = canonicalProposal({ weights: { 'a-b': 0.25, 'a.b': 0.25, class: 0.25, mixture: 0.25 } });
    const { content } = exportProposal(proposal, 'torchtitan', { location, textField: 'it"s' }).files[0]!;
    expect([...content.matchAll(/^(\w+) = documents/gm)].map(([, name]) => name)).toEqual([
      'a_b',
      'a_b_2',
      'data_class',
      'mixture_2',
    ]);
    expect(content).toContain('return row["it\\"s"]');
  });

  it('refuses compressed files, and a name that would be a pattern', () => {
    const at = (domain: string, location: string) => () =>
      exportProposal(canonicalProposal({ weights: { [domain]: 1 } }), 'torchtitan', { location });
    expect(at('web', '/data/{domain}.jsonl.gz')).toThrow('is compressed, where TorchTitan reads plain JSONL');
    expect(at('web*', location)).toThrow('the name "web*" holds *, ? or [');
  });

  it('says by how much Grain misses the shares', () => {
    const proposal = canonicalProposal({ weights: { web: 0.7, code: 0.3 } });
    const [phase] = exportProposal(proposal, 'torchtitan', { location, draws: 333 }).phases;
    // 0.7 · 100 / 0.3 is cut to 233
    expect(phase!.domains.map(({ realised }) => realised)).toEqual(
      [233 / 333, 100 / 333].map((x) => Number(x.toPrecision(12))),
    );
    expect(phase!.remarks).toEqual([expect.stringContaining('Grain mixes by whole proportions')]);
  });
});

const user = `
from torchtitan.components.data import *

books_ds = SingleDatasetConfig(
    source=IndexedJsonlSource.Config(patterns=("/datasets/books/*.jsonl",)),
    processor=TextProcessor.Config(text_fn=article_text),
)
c4 = HuggingFaceRandomAccessSource.Config(path="allenai/c4", name="en", split="train")
c4_ds = SingleDatasetConfig(source=c4, processor=TextProcessor.Config(text_fn=article_text))
c4_packed_ds = ConcatThenSplitPackingConfig(dataset=c4_ds)

def recipe(config):
    token_ratio_mix_ds = DatasetMixConfig(
        datasets=(
            WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=books_ds), weight=2),
            WeightedDataset(dataset=c4_packed_ds),
            WeightedDataset(dataset=code_packed_ds, weight=1.),
        ),
    )
    config.dataloader = GrainDataLoader.Config(dataset=token_ratio_mix_ds, seed=7, repeat=True)
`;
const mix = (...children: string[]) => `DatasetMixConfig(datasets=(${children.join(', ')},))`;
const child = (weight: string, dataset = 'Pack("a")') => `WeightedDataset(dataset=${dataset}, weight=${weight})`;

describe('parseTorchTitan', () => {
  it('reads a recipe, through packing and names down to the files', () => {
    const { findings, phases, settings } = read(user);
    expect(phases[0]!.sources).toEqual([
      { key: '/datasets/books/*.jsonl', amount: 2 },
      { key: 'allenai/c4/en', amount: 1 },
      { key: 'code_packed_ds', amount: 1 },
    ]);
    expect(settings).toEqual({ seed: 7, repeat: true });
    expect(findings.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'note: has no weight, which is then 1.0',
      'note: the weights sum to 4; Grain mixes by their ratios',
    ]);
    const file = { path: 'recipe.py', content: user };
    const { phases: checked, usable } = checkConfig('torchtitan', file, [{ domain: 'books' }], {
      location: '/datasets/{domain}/*.jsonl',
    });
    expect([usable, checked[0]!.sources[0]!.domain, checked[0]!.sources[0]!.tokenShare]).toEqual([true, 'books', 0.5]);
  });

  it('says when the option is not what the file does', () => {
    const single = (name: string) => `SingleDatasetConfig(source=S.Config(path="${name}"))`;
    const pack = (dataset: string) => `ConcatThenSplitPackingConfig(dataset=${dataset})`;
    const loose = mix(child('0.5', single('a')), child('0.5', single('b')));
    const packed = mix(child('1', pack(single('a'))));
    const both = mix(child('0.5', pack(single('a'))), child('0.5', single('b')));
    const unseen = mix(child('0.5', 'load("a")'), child('0.5', 'load("b")'));
    expect(complaints(loose)[0]).toMatch(/^warning .*"a" is not packed before the mix.*option mix=documents/);
    expect(complaints(loose, 'documents')).toEqual([]);
    expect(complaints(packed, 'documents')[0]).toMatch(/^warning .*"a" is packed before the mix.*option mix=packed/);
    expect(complaints(packed)).toEqual([]);
    expect(complaints(both)[0]).toMatch(/^warning .*"b" is not packed.*those of other domains rows of one length/);
    expect(complaints(unseen)).toEqual([]);
    expect(complaints(`m = ${unseen}\nd = ${pack('m')}`)[0]).toMatch(/^warning .*"a" is not packed before the mix/);
    expect(complaints(`d = ${pack(unseen)}`, 'documents')).toEqual([]);
  });

  it.each([
    ['no mix', 'x = 1', /^error the file: calls no DatasetMixConfig/],
    ['no datasets', 'DatasetMixConfig()', /^error .*datasets is missing/],
    ['an empty tuple', 'DatasetMixConfig(datasets=())', /^error .*has no datasets/],
    ['datasets by place', 'DatasetMixConfig((a,))', /^error .*by keyword alone/],
    ['datasets that are computed', 'DatasetMixConfig(datasets=tuple(all))', /^error .*datasets is tuple\(all\)/],
    ['a dataset without a weight around it', mix('books_ds'), /^error .*holds books_ds, which is no WeightedDataset/],
    ['a weight of 0', mix(child('0')), /^error .*the weight 0 must be a finite number above 0/],
    ['a negative weight', mix(child('-0.5')), /^error .*the weight -0\.5/],
    ['a weight beyond all numbers', mix(child('1e999')), /^error .*the weight 1e999/],
    ['a weight as text', mix(child('"1"')), /^error .*the weight "1"/],
    ['a computed weight', mix(child('1 / 3')), /^warning .*the weight 1 \/ 3 is no number/],
    [
      'a weight by place',
      mix('WeightedDataset(books, 0.5)'),
      /^error WeightedDataset, line 1: takes dataset and weight/,
    ],
    ['a parameter that is none', mix('WeightedDataset(dataset=a, weights=1)'), /^error .*has no parameter weights/],
    ['no dataset', mix('WeightedDataset(weight=1.0)'), /^error .*has no dataset/],
    ['arguments that are not seen', mix('WeightedDataset(**books)'), /^warning .*by \* or \*\*/],
    ['a dataset twice', mix(child('1'), child('1')), /^warning .*"a" stands twice/],
    ['padded rows', mix(child('1', 'FirstFitPackingConfig(dataset=a)')), /^note .*FirstFitPackingConfig pads/],
    ['two mixes', `${mix(child('1'))}\n${mix(child('1'))}`, /^warning .*is the first of 2/],
    [
      'an end of the data',
      `${mix(child('1'))}\nGrainDataLoader.Config(dataset=m, repeat=False)`,
      /^warning .*repeat=False/,
    ],
    ['a bracket that is open', 'DatasetMixConfig(datasets=(', /^error line 1/],
  ])('complains about %s', (_, content, complaint) => {
    expect(complaints(content)).toContainEqual(expect.stringMatching(complaint));
  });
});
