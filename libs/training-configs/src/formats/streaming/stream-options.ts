// What MosaicML Streaming's own Python and llm-foundry's YAML have in common: the arguments of a Stream.
import { InvalidInputError } from '#libs/simplex';
import { assertDistinct, type LocationRule, locationOf } from '../../export/locations.js';
import { type OptionDescriptions, type OptionValues, sharedOptions } from '../../export/options.js';
import type { Unit } from '../../export/units.js';
import type { ExportEntry, PlannedPhase } from '../../format.js';
import type { CanonicalDomain } from '../../proposal/canonical-proposal.js';
import type { Draws, SimulationInput } from '../../samplers/draws.js';
import { batchPortions, proportionalEpoch, repeatedEpoch } from '../../samplers/stream-epoch.js';

export const streamOptions: OptionDescriptions = {
  location: sharedOptions.location('s3://bucket/{domain}'),
  local: {
    kind: 'text',
    description:
      'Folder in which each stream keeps its shards, {domain} standing for the name; /tmp/mds/{domain} for remote ' +
      'locations otherwise',
  },
  split: { kind: 'text', description: 'Folder of the split below each location, such as train' },
  samples: {
    kind: 'choice',
    choices: ['sequences', 'documents'],
    description: 'What a sample of the shards is: a sequence of concatenated tokens (--concat_tokens), or a document',
    default: 'sequences',
  },
  weights: {
    kind: 'choice',
    choices: ['proportion', 'repeat'],
    description: 'Write shares of an epoch, or passes over each stream, so that one epoch is the whole phase',
    default: 'proportion',
  },
  epochSize: {
    kind: 'integer',
    description: 'Samples of an epoch; those of the whole phase otherwise, where they are known',
  },
  batching: {
    kind: 'choice',
    choices: ['random', 'stratified'],
    description: 'How batches are made: of any samples of the epoch, or of the same portions of every stream',
    default: 'random',
  },
  batchSize: {
    kind: 'integer',
    description: 'Samples of a global batch, for the portions of stratified batches',
  },
};

export function streamUnit(options: OptionValues): Unit {
  if (options.text('weights') === 'repeat') return 'epochs';
  return options.text('samples') === 'documents' ? 'documents' : 'sequences';
}

export const streamUnits: readonly Unit[] = ['sequences', 'documents', 'epochs'];

/** Remote, or a folder of this machine. @param problem why the format would misread it */
export function streamRule(format: string, problem: LocationRule['problem']): LocationRule {
  return {
    registeredAs: [format, 'mds'],
    example: 's3://bucket/{domain}',
    what: 'the location of the shards',
    problem,
  };
}

export interface StreamPlaces {
  readonly remote?: string;
  readonly local?: string;
}

/** Where the shards are, and where they are kept: a location without a scheme is read in place unless `local` is given. */
export function placesOf(domain: CanonicalDomain, options: OptionValues, rule: LocationRule): StreamPlaces {
  const location = locationOf(domain, options, rule);
  const isRemote = /^[a-z][a-z0-9+.-]*:/i.test(location);
  const template = options.text('local') ?? (isRemote ? '/tmp/mds/{domain}' : undefined);
  if (template === undefined) return { local: location };
  const local = locationOf({ ...domain, locations: { local: template } }, options, {
    ...rule,
    registeredAs: ['local'],
    option: 'local',
    what: 'the local folder',
  });
  return { remote: location, local };
}

/** Throws LOCATION_DUPLICATE: two streams may not share a folder, and should not share their shards. */
export function assertOwnFolders(streams: readonly { readonly domain: string; readonly places: StreamPlaces }[]): void {
  const given = (place: keyof StreamPlaces) =>
    streams.flatMap(({ domain, places }) => {
      const location = places[place];
      return location === undefined ? [] : [{ domain, location }];
    });
  assertDistinct(given('remote'), 'location');
  assertDistinct(given('local'), 'local folder', 'local');
}

/**
 * Samples of a phase, so that its epoch is the whole of it; null where that is not known, or `repeat` decides it.
 * Throws EXPORT_OPTION for both, as Streaming does.
 */
export function epochSize({ tokens, entries }: PlannedPhase, options: OptionValues): number | null {
  const given = options.number('epochSize');
  if (options.text('weights') === 'repeat') {
    if (given === undefined) return null;
    throw new InvalidInputError(
      'EXPORT_OPTION',
      'the size of an epoch follows from weights=repeat: leave epochSize out, or take weights=proportion',
      { argument: 'epochSize', value: given, allowed: 'no epochSize with weights=repeat' },
    );
  }
  if (given !== undefined) return given;
  const length = options.number('sequenceLength');
  if (tokens === undefined) return null;
  if (options.text('samples') === 'documents') return Math.ceil(tokens * documentsPerToken(entries));
  return length === undefined ? null : Math.ceil(tokens / length);
}

function documentsPerToken(entries: readonly ExportEntry[]): number {
  return entries.reduce((sum, { weight, tokens, documents }) => sum + (weight * documents!) / tokens!, 0);
}

/** Throws EXPORT_OPTION where a stratified batch would hold nothing of a stream: Streaming refuses to start then. */
export function assertInEveryBatch({ entries }: PlannedPhase, options: OptionValues): void {
  const batch = options.number('batchSize');
  if (batch === undefined || options.text('batching') !== 'stratified') return;
  const samples = entries.map(({ weight, tokens, documents }) =>
    options.text('samples') === 'documents' ? (weight * documents!) / tokens! : weight,
  );
  const total = samples.reduce((sum, value) => sum + value, 0);
  const portions = batchPortions(
    samples.map((value) => value / total),
    batch,
  );
  const empty = entries.filter((_, i) => portions[i] === 0).map(({ domain }) => domain);
  if (empty.length === 0) return;
  throw new InvalidInputError(
    'EXPORT_OPTION',
    `a stratified batch of ${batch} samples has none of ${empty.map((domain) => `"${domain}"`).join(', ')}, and Streaming ` +
      'refuses that: make the batch larger, leave small domains out, or take batching=random',
    { argument: 'batchSize', value: batch, domains: empty, allowed: 'a batch with a sample of every domain' },
  );
}

/** Sentences that hold for both formats. */
export function streamUsage(options: OptionValues, size: number | null): string[] {
  const usage: string[] = [];
  if (options.text('weights') === 'repeat') {
    usage.push(
      'One epoch holds every stream as often as `repeat` says: train for one epoch a phase, without epoch_size.',
    );
  } else if (size === null) {
    usage.push(
      'Without epoch_size an epoch has as many samples as all streams together: give targetTokens and sequenceLength, ' +
        'or epochSize.',
    );
  }
  if (options.text('samples') === 'documents') {
    usage.push(
      'Documents are cut at max_seq_len and padded up to it: the shares hold if the mean tokens of the corpus are counted that way.',
    );
  }
  return usage;
}

export function simulateStreams(input: SimulationInput, options: OptionValues): Draws {
  const counted = options.text('samples') === 'documents' ? 'documents' : 'sequences';
  if (options.text('weights') === 'repeat') return repeatedEpoch(input, counted);
  const { epoch_size: size, batching_method: batching } = input.settings;
  return proportionalEpoch(input, {
    counted,
    epochSize: typeof size === 'number' ? size : null,
    stratifiedBatch: batching === 'stratified' ? (options.number('batchSize') ?? null) : null,
  });
}
