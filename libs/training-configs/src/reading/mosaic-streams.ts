// What MosaicML Streaming makes of a list of streams, whether they come from Python or from llm-foundry's YAML.
// mosaicml/streaming streaming/base/stream.py (Stream.__init__, apply_default, validate_weights, apply_weights),
// streaming/base/shared/prefix.py (_check_self), streaming/base/batching/stratified.py, releases of 2024 and later.
import type { Finding, SourceReading } from './reading.js';

/** The arguments of Stream; any other is a TypeError. */
const ARGUMENTS = [
  'remote',
  'local',
  'split',
  'proportion',
  'repeat',
  'choose',
  'download_retry',
  'download_timeout',
  'validate_hash',
  'keep_zip',
];

const SCHEMES = ['proportion', 'repeat', 'choose'] as const;
type Scheme = (typeof SCHEMES)[number];

/** A value of which only that it is there can be told: an interpolation, a call, an expression. */
export class UnreadValue {
  constructor(readonly text: string) {}
}

export interface StreamArguments {
  /** What stands for the stream in the file. */
  readonly key: string;
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface StreamsReading {
  readonly sources: readonly SourceReading[];
  /** How all of them are weighed; "mixed" for several absolute ways, which depend on the sizes of the streams. */
  readonly scheme: Scheme | 'none' | 'mixed';
}

/**
 * @param weights what the caller takes the numbers for: shares of an epoch, or passes over each stream
 * @returns sources without amounts where the file weighs in another way than the caller asks for
 */
export function readStreams(
  streams: readonly StreamArguments[],
  weights: 'proportion' | 'repeat',
  findings: Finding[],
): StreamsReading {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where: 'streams', message });
  const schemes = streams.map((stream) => readStream(stream, findings));
  checkDirectories(streams, findings);
  const [first = null, ...others] = new Set(schemes);
  const scheme = others.length > 0 ? 'mixed' : (first ?? 'none');
  if (scheme === 'mixed' && schemes.includes('proportion')) {
    say('error', 'some have `proportion` and others not: Streaming takes it for all streams or for none');
  } else if (scheme === 'mixed') {
    say('warning', 'are weighed in several ways (`repeat`, `choose`, none for once): the shares depend on their sizes');
  } else if (scheme === 'none') {
    say('warning', 'have no weights: Streaming mixes them by their sizes');
  } else if (scheme === 'repeat' && weights !== 'repeat') {
    say('warning', 'give `repeat`, passes over each stream: read them with the option weights=repeat');
  } else if (scheme !== 'repeat' && weights === 'repeat') {
    say('warning', `give \`${scheme}\`, shares of an epoch: read them with the option weights=proportion`);
  }
  const asked = weights === 'repeat' ? scheme === 'repeat' : scheme === 'proportion' || scheme === 'choose';
  const sources = streams.map(({ key, values }) => {
    const value = asked ? values[scheme] : undefined;
    return { key, amount: typeof value === 'number' && value >= 0 ? value : null };
  });
  if (asked && sources.every(({ amount }) => amount === 0)) say('error', 'have weights that sum to 0');
  return { sources, scheme };
}

/** The way in which one stream is weighed; null without a weight. */
function readStream({ where, values }: StreamArguments, findings: Finding[]): Scheme | null {
  const say = (level: Finding['level'], message: string, at = where) => findings.push({ level, where: at, message });
  for (const name of Object.keys(values)) {
    if (!ARGUMENTS.includes(name)) say('error', `\`${name}\` is no argument of Stream; it has ${ARGUMENTS.join(', ')}`);
  }
  const given = SCHEMES.filter((scheme) => values[scheme] !== undefined && values[scheme] !== null);
  if (given.length > 1) say('error', `has ${given.join(' and ')}: Streaming takes one of them`);
  for (const name of ['remote', 'local', 'split']) {
    const value = values[name];
    if (value === undefined || value === null || value instanceof UnreadValue || typeof value === 'string') continue;
    say('error', `is ${JSON.stringify(value)}, not text`, `${where}.${name}`);
  }
  if (!values.remote && !values.local) say('error', 'has neither `remote` nor `local`');
  const [scheme] = given;
  if (scheme === undefined) return null;
  const value = values[scheme];
  const at = `${where}.${scheme}`;
  if (value instanceof UnreadValue) {
    say('note', `is ${value.text}, which only the trainer can read`, at);
  } else if (typeof value !== 'number') {
    say('error', `is ${JSON.stringify(value)}, not a number`, at);
  } else if (!Number.isFinite(value) || value < 0) {
    say('error', `is ${value}; it must be finite and not negative`, at);
  } else if (value === 0) {
    say('note', 'is 0: the stream is opened, and at most a sample that rounding left over is drawn from it', at);
  } else if (scheme === 'choose' && !Number.isInteger(value)) {
    say('error', `is ${value}, not a whole number of samples`, at);
  }
  return scheme;
}

/** Two streams may not share a folder; without one Streaming makes a temporary folder, named after the remote. */
function checkDirectories(streams: readonly StreamArguments[], findings: Finding[]): void {
  const owners = new Map<string, string>();
  for (const { where, values } of streams) {
    const folder = values.local ?? (values.remote && `a temporary folder for ${String(values.remote)}`);
    if (typeof folder !== 'string') continue;
    const owner = owners.get(folder);
    if (owner !== undefined) {
      const message = `has the same local folder as ${owner}, which Streaming refuses: ${folder}`;
      findings.push({ level: 'error', where, message });
    }
    owners.set(folder, where);
  }
}

export interface StreamSettings {
  /** Samples of an epoch, where the file tells. */
  readonly epoch_size: number | null;
  readonly batching_method: string;
}

/**
 * What else decides about the draws: epoch_size, shuffle, batching_method.
 * @param settings arguments of StreamingDataset, as far as the file has them
 */
export function readStreamSettings(
  settings: Readonly<Record<string, unknown>>,
  { sources, scheme }: StreamsReading,
  where: string,
  findings: Finding[],
): StreamSettings {
  const { epoch_size: size, shuffle, batching_method: batching } = settings;
  const say = (level: Finding['level'], name: string, message: string) =>
    findings.push({ level, where: `${where}.${name}`, message });
  const samples = readCount(size);
  if (samples === undefined) say('error', 'epoch_size', `is ${JSON.stringify(size)}, not a whole number of samples`);
  if (samples && (scheme === 'repeat' || scheme === 'choose' || scheme === 'mixed')) {
    say('error', 'epoch_size', 'stands beside `repeat` or `choose`; Streaming takes it with `proportion` only');
  }
  const method = typeof batching === 'string' ? batching : 'random';
  if (shuffle === false && sources.length > 1 && method === 'random') {
    say('warning', 'shuffle', 'is off, its default: the streams are read one after the other, so nothing is mixed');
  }
  // With `choose` the epoch is what was chosen.
  const chosen = scheme === 'choose' && sources.every(({ amount }) => amount !== null);
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  return { epoch_size: chosen ? sum : (samples ?? null), batching_method: method };
}

const ABBREVIATIONS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

/** A number of samples, or text such as "10k"; null where there is none or it cannot be seen, undefined if it is no count. */
function readCount(value: unknown): number | null | undefined {
  if (value === undefined || value === null || value instanceof UnreadValue) return null;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([kmbt]?)$/i.exec(value) : null;
  const count = match ? Number(match[1]) * ABBREVIATIONS[match[2]!.toLowerCase()]! : value;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : undefined;
}
