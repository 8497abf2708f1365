import { InvalidInputError } from '#libs/simplex';
import type { OptionValues } from '../../export/options.js';
import type { ExportPlan, PlannedPhase, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';
import {
  assertInEveryBatch,
  assertOwnFolders,
  epochSize,
  placesOf,
  streamRule,
  streamUsage,
} from '../streaming/stream-options.js';

const rule = streamRule('llm-foundry', (location) => {
  if (location === '???') return 'is what OmegaConf takes for a missing value';
  return location.includes(`\${`) ? `contains \${, which OmegaConf fills in` : null;
});

/** train_loader.yaml, a fragment of the training YAML; phases as the schedule of callbacks.curriculum_learning. */
export function writeLlmFoundry(plan: ExportPlan): Written {
  const { phases, options, header } = plan;
  const [first, ...later] = phases.map((phase) => datasetOf(phase, plan));
  const durations = phases.length > 1 ? durationsOf(plan) : null;
  const batching = options.text('batching') === 'stratified' ? { batching_method: 'stratified' } : {};
  const loader = { dataset: { shuffle: true, ...batching, ...first } };
  const value = durations
    ? {
        max_duration: total(durations),
        train_loader: loader,
        callbacks: {
          curriculum_learning: {
            duration: durations.texts[0],
            schedule: later.map((dataset, i) => ({ duration: durations.texts[i + 1], dataset })),
          },
        },
      }
    : { train_loader: loader };
  const usage = [
    'Merge train_loader.yaml into the training YAML: `streams` replaces the data set’s own `remote` and `local`.',
    ...streamUsage(options, epochSize(phases[0]!, options)),
    ...(durations ? ['The durations sum to max_duration, as the callback demands: change them together.'] : []),
  ];
  return {
    files: [{ path: 'train_loader.yaml', content: yamlText(value, header) }],
    usage,
    starts: durations?.starts ?? [0],
  };
}

function datasetOf(phase: PlannedPhase, { options }: ExportPlan): Record<string, unknown> {
  const scheme = options.text('weights')!;
  const streams = phase.entries.map((entry) => ({
    entry,
    domain: entry.domain,
    places: placesOf(entry, options, rule),
  }));
  assertOwnFolders(streams);
  assertInEveryBatch(phase, options);
  const split = options.text('split');
  const size = epochSize(phase, options);
  return {
    ...(size === null ? {} : { epoch_size: size }),
    streams: new Map(
      streams.map(({ entry, places }) => [
        entry.key,
        { ...places, ...(split === undefined ? {} : { split }), [scheme]: new DecimalText(entry.text) },
      ]),
    ),
  };
}

interface Durations {
  readonly texts: readonly string[];
  /** In tokens, or in epochs where each phase is one. */
  readonly starts: readonly number[];
}

/** Tokens of each phase, whole and in sum those of the run; with `repeat` a phase is one epoch. */
function durationsOf({ phases, options, targetTokens }: ExportPlan): Durations {
  if (options.text('weights') === 'repeat') return { texts: phases.map(() => '1ep'), starts: phases.map((_, i) => i) };
  const end = Math.round(targetTokens ?? tokensOfSteps(options));
  const starts = phases.map(({ start }) => Math.round(start * end));
  const texts = starts.map((start, i) => {
    const length = (starts[i + 1] ?? end) - start;
    if (length > 0) return `${length}tok`;
    throw new InvalidInputError('PHASES', `phase "${phases[i]!.name}" would last no token of the run's ${end}`, {
      argument: 'phases',
      value: start,
      allowed: 'phases of at least one token',
    });
  });
  return { texts, starts };
}

function total({ texts, starts }: Durations): string {
  const [, length, unit] = /^(\d+)(\w+)$/.exec(texts.at(-1)!)!;
  return `${starts.at(-1)! + Number(length)}${unit}`;
}

/** trainSteps × batchSize × sequenceLength. Throws EXPORT_OPTION. */
function tokensOfSteps(options: OptionValues): number {
  const [steps, batch, length] = ['trainSteps', 'batchSize', 'sequenceLength'].map((name) => options.number(name));
  if (steps !== undefined && batch !== undefined && length !== undefined) return steps * batch * length;
  throw new InvalidInputError(
    'EXPORT_OPTION',
    'llm-foundry counts the length of a phase in tokens: give targetTokens, or trainSteps with batchSize and sequenceLength',
    { argument: 'targetTokens', allowed: 'a number of tokens above 0' },
  );
}
