// What TorchTitan makes of a DatasetMixConfig (pytorch/torchtitan, torchtitan/components/data/dataset.py 5b1a6e4,
// packing.py c9e3d7a, loader.py 5b1a6e4): every weight finite and above 0, 1.0 where none is given; dataclasses that
// take keywords alone. Grain mixes whole proportions of them (google/grain, transformations/mix.py f36f285). A weight
// counts rows of one length where each child is packed before the mix, and documents where the mix is packed.
import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { literalValue, type PythonCall, type PythonSource, readPythonSource } from '../../reading/python-source.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { type MixChild, readChild } from './parse-child.js';

const MIX = 'DatasetMixConfig';

export function parseTorchTitan({ content }: ExportedFile, options: OptionValues): FileReading {
  const source = readPythonSource(content);
  const findings: Finding[] = source.errors.map(({ where, message }) => ({ level: 'error', where, message }));
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const mixes = source.calls(MIX);
  const mix = mixes[0];
  if (!mix) {
    say('error', 'the file', `calls no ${MIX}`);
    return { findings, phases: [], settings: {} };
  }
  if (mixes.length > 1) {
    say('warning', `${MIX}, line ${mix.line}`, `is the first of ${mixes.length}, and the only one that is read here`);
  }
  const children = readChildren(mix, source, findings);
  const sources = children.map(({ key, amount }): SourceReading => ({ key, amount }));
  checkUnit(isPackedAfter(mix, source) ? children.map(asLoose) : children, options, `${MIX}, line ${mix.line}`, say);
  for (const key of new Set(sources.map(({ key }) => key).filter((key, i, keys) => keys.indexOf(key) !== i))) {
    say('warning', MIX, `"${key}" stands twice: it is shuffled with two seeds and drawn as two sources`);
  }
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (sources.every(({ amount }) => amount !== null) && Math.abs(sum - 1) > 1e-9 && sources.length > 0) {
    say('note', MIX, `the weights sum to ${sum}; Grain mixes by their ratios`);
  }
  return {
    findings,
    phases: sources.length > 0 ? [{ name: null, start: 0, sources }] : [],
    settings: readLoader(source, say),
  };
}

type Say = (level: Finding['level'], where: string, message: string) => void;

function readChildren(mix: PythonCall, source: PythonSource, findings: Finding[]): MixChild[] {
  const where = `${MIX}, line ${mix.line}`;
  const fail = (message: string) => findings.push({ level: 'error', where, message });
  if (mix.positional.length > 0) fail('takes its datasets by keyword alone');
  for (const keyword of mix.keywords.keys()) if (keyword !== 'datasets') fail(`has no parameter ${keyword}`);
  const given = mix.keywords.get('datasets');
  const datasets = given && source.resolve(given);
  if (!datasets || (datasets.kind !== 'tuple' && datasets.kind !== 'list')) {
    fail(`datasets is ${datasets?.text.slice(0, 60) ?? 'missing'}, not a tuple that stands in the file`);
    return [];
  }
  if (datasets.items.length === 0) fail('has no datasets');
  return datasets.items.flatMap((item) => {
    const child = source.resolve(item);
    if (child.kind === 'call' && child.name === 'WeightedDataset') return [readChild(child, source, findings)];
    fail(`holds ${child.text.slice(0, 60)}, which is no WeightedDataset`);
    return [];
  });
}

/** Whether the mixture goes into packing, so that the children it is not known of are not packed. */
function isPackedAfter(mix: PythonCall, source: PythonSource): boolean {
  return ['ConcatThenSplitPackingConfig', 'FirstFitPackingConfig'].some((name) =>
    source.calls(name).some(({ keywords }) => {
      const dataset = keywords.get('dataset');
      return dataset !== undefined && source.resolve(dataset) === mix;
    }),
  );
}

function asLoose(child: MixChild): MixChild {
  return child.packing === 'unknown' ? { ...child, packing: 'none' } : child;
}

/** Whether what is mixed is what the option says: the weights are converted by it. */
function checkUnit(children: readonly MixChild[], options: OptionValues, where: string, say: Say): void {
  const wanted = options.text('mix') === 'documents' ? 'none' : 'all';
  const known = children.filter(({ packing }) => packing !== 'unknown');
  const loose = known.filter(({ packing }) => packing === 'none');
  if (wanted === 'all' && loose.length > 0) {
    const message = `"${loose[0]!.key}" is not packed before the mix, so its weight counts documents`;
    const isMixed = loose.length < children.length;
    const then = isMixed ? ' and those of other domains rows of one length' : ': read it with the option mix=documents';
    say('warning', where, message + then);
  }
  const early = known.filter(({ packing }) => packing !== 'none');
  if (wanted === 'none' && early.length > 0) {
    const message = `"${early[0]!.key}" is packed before the mix, so its weight counts rows of one length and not documents`;
    say('warning', where, `${message}: read it with the option mix=packed`);
  }
  if (wanted === 'all' && known.some(({ packing }) => packing === 'padded')) {
    say(
      'note',
      where,
      'FirstFitPackingConfig pads its rows: a share of rows is a little more than the share of tokens',
    );
  }
}

function readLoader(source: PythonSource, say: Say): FileReading['settings'] {
  const loader = source.calls('Config').find(({ callee }) => /(?:^|\.)GrainDataLoader\.Config$/.test(callee));
  if (!loader) return {};
  const settings: Record<string, number | boolean> = {};
  for (const name of ['seed', 'shuffle', 'repeat']) {
    const given = loader.keywords.get(name);
    const value = given && literalValue(source.resolve(given));
    if (typeof value === 'number' || typeof value === 'boolean') settings[name] = value;
  }
  if (settings.repeat === false) {
    const message =
      'repeat=False ends the run with the first domain that is used up, and is refused on several devices';
    say('warning', `GrainDataLoader.Config, line ${loader.line}`, message);
  }
  return settings;
}
