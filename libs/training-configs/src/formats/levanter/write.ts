import { assertDistinct } from '../../export/locations.js';
import { assertApart } from '../../export/patterns.js';
import type { ExportEntry, ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';
import { assertBlockHolds, chooseBlockSize } from './block-size.js';
import { type SourceKind, sourceOf, sourceRule } from './source.js';
import { stageStarts } from './stage-starts.js';

const FILE = 'levanter.yaml';

/** `data`, with the sources, their weights for each stage and a block that holds the least of them. */
export function writeLevanter(plan: ExportPlan): Written {
  const { phases, options, header } = plan;
  const block = options.number('blockSize') ?? chooseBlockSize(phases);
  assertBlockHolds(phases, block);
  const { starts, warnings } = stageStarts(plan, block);
  const layout = options.text('layout') as 'configs' | 'components';
  const describe = layout === 'configs' ? configOf : componentOf;
  // Maps and not objects, which would put names that look like numbers first.
  const sources = everyEntry(plan).map((entry) => ({ ...entry, ...sourceOf(entry, options) }));
  assertDistinct(sources, sourceRule.what);
  assertApart(sources.filter(({ kind }) => kind === 'url'));
  const datasets = new Map(sources.map(({ key, kind, location }) => [key, describe(kind, location)]));
  const stages = phases.map(({ entries }) => new Map(entries.map(({ key, text }) => [key, new DecimalText(text)])));
  const cache = options.text('cacheDir');
  const data = {
    ...(cache === undefined ? {} : { cache_dir: cache }),
    [layout]: datasets,
    train_weights: phases.length === 1 ? stages[0] : stages.map((weights, i) => [starts[i], weights]),
    mixture_block_size: block,
    stop_strategy: 'restart',
  };
  return {
    files: [{ path: FILE, content: yamlText({ data }, header) }],
    usage: [
      `Put data of ${FILE} into the configuration of train_lm, beside your tokenizer and cache_dir, or keep its inner part in a ` +
        'file of its own and write data: !include with its name.',
      ...(phases.length === 1
        ? []
        : [
            `The stages begin at the steps ${starts.join(', ')}: trainer.train_batch_size must be ` +
              `${options.number('batchSize')} throughout.`,
          ]),
      layout === 'configs'
        ? 'data.configs is what stanford-crfm/levanter reads; for lib/levanter of Marin, which calls them components, set the ' +
          'option layout to components.'
        : 'data.components is what lib/levanter of Marin reads; for stanford-crfm/levanter set the option layout to configs.',
    ],
    warnings,
    starts,
  };
}

function configOf(kind: SourceKind, location: string): Record<string, unknown> {
  if (kind === 'cache') return { cache_dir: location };
  if (kind === 'url') return { train_urls: [location] };
  const [id, name] = location.split(':');
  return name === undefined ? { id } : { id, name };
}

function componentOf(kind: SourceKind, location: string): Record<string, unknown> {
  const config = configOf(kind, location);
  return kind === 'cache' ? config : { source: { type: kind, ...config } };
}

/** Of all phases, each domain once, in the order of the proposal. */
function everyEntry({ proposal, phases }: ExportPlan): ExportEntry[] {
  const byDomain = new Map(phases.flatMap(({ entries }) => entries.map((entry) => [entry.domain, entry] as const)));
  return proposal.domains.flatMap(({ domain }) => byDomain.get(domain) ?? []);
}
