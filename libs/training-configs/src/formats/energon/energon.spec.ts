import { describe, expect, it } from 'vitest';
import { type ExportOptions, readOptions } from '../../export/options.js';
import { canonicalProposal, exportProposal } from '../../index.js';
import { energonFormat } from './energon.format.js';

const read = (content: string, given: ExportOptions = {}) =>
  energonFormat.parse({ path: 'mix.yaml', content }, readOptions('energon', energonFormat.options, given));
const levels = ({ findings }: ReturnType<typeof read>) => findings.map(({ level }) => level);

const header = '__module__: megatron.energon\n__class__: MetadatasetV2\n';
const train = (lines: string) => `${header}splits:\n  train:\n${lines}`;
const blend = (...items: string[]) => train(`    blend:\n${items.map((item) => `      - ${item}\n`).join('')}`);

/** As in the documentation of Megatron-Energon. */
const documented = `${header}splits:
  train:
    blend:
      - weight: 5
        path: ./coco
        subflavors:
          augmentation_type: small_images
      - weight: 2.5
        path: ./coyo
        split_part: train
      - weight: 1
        path: "010"
  val:
    path: ./coco
`;

describe('a metadataset of Energon', () => {
  it('is read as its documentation shows it', () => {
    const { findings, phases } = read(documented);
    expect(findings).toEqual([]);
    expect(phases).toEqual([
      {
        name: null,
        start: 0,
        sources: [
          { key: './coco', amount: 5 },
          { key: './coyo', amount: 2.5 },
          { key: '010', amount: 1 },
        ],
      },
    ]);
    expect(read(documented.replace('MetadatasetV2', 'Recipe')).findings).toEqual([]);
  });

  it('says one thing of a class that it does not know, and does not guess at the rest', () => {
    const first =
      '__module__: megatron.energon\n__class__: Metadataset\nsplits: {train: {datasets: [{weight: 5, path: a}]}}';
    expect(read(first).findings).toEqual([
      {
        level: 'error',
        where: '__class__',
        message: expect.stringContaining('is Metadataset, which this check does not know'),
      },
    ]);
  });

  it.each([
    ['no YAML', 'splits: ['],
    ['a list', '- 1'],
    ['no class', 'splits: {train: {blend: [{weight: 1, path: a}]}}'],
    ['the class of the first version', documented.replace('MetadatasetV2', 'Metadataset')],
    ['no train split', `${header}splits: {val: {path: a}}`],
    ['both kinds of blend', train('    blend: [{path: a}]\n    blend_epochized: [{path: a}]\n')],
    ['a field that a blend does not have', train('    blend: [{weight: 1, path: a}]\n    seed: 1\n')],
    ['a map of data sets', train('    blend: {a: 1}\n')],
    ['no data set in it', train('    blend: []\n')],
    ['a name alone', blend('./coco')],
    ['a field that a data set does not have', blend('{weight: 1, path: a, repeat: 2}')],
    ['repetitions in a blend', blend('{repetitions: 1, path: a}')],
    ['a weight of 0', blend('{weight: 0, path: a}', '{weight: 1, path: b}')],
    ['a negative weight', blend('{weight: -1, path: a}')],
    ['an exponent that PyYAML takes for text', blend('{weight: 1e-7, path: a}')],
    ['text for a weight', blend('{weight: "1", path: a}')],
    ['an infinite weight', blend('{weight: .inf, path: a}')],
    ['a path that is a number', blend('{weight: 1, path: 010}')],
    ['no path', blend('{weight: 1}')],
    ['a schedule of unknown kind', blend('{weight: {cosine: {0: 1}}, path: a}')],
    ['a schedule with half a batch', blend('{weight: {step: {0.5: 1}}, path: a}')],
    ['a schedule below 0', blend('{weight: {step: {0: 1, 5: -1}}, path: a}')],
    ['an empty schedule', blend('{weight: {step: {}}, path: a}')],
  ])('is refused with %s', (_, content) => {
    expect(levels(read(content))).toContain('error');
  });

  it.each([
    ['no weight', blend('{path: a}'), 'warning', 'takes for 1'],
    ['a truth value', blend('{weight: true, path: a}'), 'warning', 'Python takes for 1'],
    ['one data set', train('    path: a\n'), 'note', 'one data set'],
    [
      'a unit of its own',
      train('    blend_weight_unit: tokens\n    blend: [{weight: 1, path: a}]\n'),
      'note',
      'is tokens',
    ],
    ['joined data sets', blend('{weight: 1, join: [{path: a}, {path: b}], joiner: x}'), null, ''],
  ])('says of %s', (_, content, level, message) => {
    const expected = level === null ? [] : [{ level, message: expect.stringContaining(message) }];
    expect(read(content).findings).toMatchObject(expected);
  });

  it('is read as phases where weights follow a schedule', () => {
    const { findings, phases } = read(
      blend(
        '{weight: {step: {0: 100, 1500: 10}}, path: a}',
        '{weight: {linear: {0: 0, 3000: 30}}, path: b}',
        '{weight: 5, path: c}',
      ),
    );
    expect(levels({ findings, phases, settings: {} })).toEqual(['note', 'note', 'note']);
    expect(phases.map(({ start, sources }) => [start, ...sources.map(({ amount }) => amount)])).toEqual([
      [0, 100, 0, 5],
      [1500, 10, 15, 5],
      [3000, 10, 30, 5],
    ]);
  });

  it('gives no shares while repetitions are taken for weights', () => {
    const epochized = train(
      '    blend_epochized:\n      - {repetitions: 2, path: a}\n      - {repetitions: 0.5, path: b}\n',
    );
    expect(read(epochized)).toMatchObject({
      findings: [{ level: 'warning', message: expect.stringContaining('mode=blend_epochized') }],
      phases: [{ sources: [{ amount: null }, { amount: null }] }],
    });
    expect(read(epochized, { mode: 'blend_epochized' })).toMatchObject({
      findings: [],
      phases: [{ sources: [{ amount: 2 }, { amount: 0.5 }] }],
    });
  });
});

describe('an export for Energon', () => {
  const facts = { tokens: { web: 3e9, code: 1e9 }, documents: { web: 3e6, code: 5e5 }, targetTokens: 2e9 };
  const proposal = canonicalProposal({ weights: { web: 0.6, code: 0.4 } }, facts);

  it('writes repetitions as passes, and shows the epoch that they make', () => {
    const { files, phases, usage } = exportProposal(proposal, 'energon', {
      location: './{domain}',
      mode: 'blend_epochized',
      class: 'Recipe',
    });
    expect(files[0]!.content).toContain(
      '__module__: megatron.energon\n__class__: Recipe\nsplits:\n  train:\n    blend_epochized:\n' +
        '      - repetitions: 0.400000000000\n        path: ./web\n',
    );
    expect(phases[0]!.draws).toBe(1_200_000 + 400_000);
    expect(phases[0]!.domains.map(({ realised }) => realised)).toEqual([0.6, 0.4]);
    expect(usage[1]).toContain('repeat=False');
  });
});
