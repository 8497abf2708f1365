import { InvalidInputError } from '#libs/simplex';
import { findFormat } from '../export/find-format.js';
import { type ExportOptions, readOptions } from '../export/options.js';
import { toTokenShares } from '../export/units.js';
import type { ExportedFile } from '../format.js';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';
import { nameList } from '../writing/name-list.js';
import { matchSources } from './match-sources.js';

export interface ReadMixture {
  /** Share of the training tokens, by domain of the corpus; domains that the file does not name have 0. */
  readonly weights: Readonly<Record<string, number>>;
  /** Name of the phase that was read; null where the file has one. */
  readonly phase: string | null;
  /** What was changed on the way, as sentences. */
  readonly notes: readonly string[];
}

/**
 * The mixture of a trainer's configuration as token shares over a corpus: a baseline for a sweep or a proposal.
 * @param phase name of the phase that counts, where the file has several
 * @throws InvalidInputError CONFIG_UNUSABLE with the first fault, CONFIG_UNWEIGHTED, CONFIG_PHASES,
 *   CONFIG_SOURCE_UNKNOWN, UNIT_FACTS_MISSING, EXPORT_FORMAT_UNKNOWN, EXPORT_OPTION
 */
export function readMixture(
  format: string,
  file: ExportedFile,
  domains: readonly CanonicalDomain[],
  given: ExportOptions = {},
  phase?: string,
): ReadMixture {
  const found = findFormat(format);
  const options = readOptions(format, found.options, given);
  const { findings, phases } = found.parse(file, options);
  const fault = findings.find(({ level }) => level === 'error');
  if (fault) refuse('CONFIG_UNUSABLE', `${file.path}: ${fault.where}: ${fault.message}`);
  if (phases.length === 0) refuse('CONFIG_UNUSABLE', `${file.path} holds no weights`);
  const names = phases.map(({ name }, i) => name ?? String(i + 1));
  if (phases.length > 1 && phase === undefined) {
    refuse('CONFIG_PHASES', `${file.path} has ${phases.length} phases: choose one of ${names.join(', ')}`, 'phase');
  }
  const index = phase === undefined ? 0 : names.indexOf(phase);
  if (index < 0) refuse('CONFIG_PHASES', `${file.path} has no phase "${phase}"; it has ${names.join(', ')}`, 'phase');

  const { sources } = phases[index]!;
  const bare = sources.find(({ amount }) => amount === null);
  if (bare) refuse('CONFIG_UNWEIGHTED', `${file.path} gives "${bare.key}" no weight`);
  const matched = matchSources(
    found,
    sources.map(({ key }) => key),
    domains,
    options,
  );
  const strangers = sources.filter((_, i) => matched[i] === null).map(({ key }) => key);
  if (strangers.length > 0) {
    refuse(
      'CONFIG_SOURCE_UNKNOWN',
      `the corpus has no domain for ${nameList(strangers)}: give locations.${format} with the corpus, or a template ` +
        'for all domains in the option "location"',
      'location',
    );
  }
  const amounts = sources.map(({ amount }) => amount!);
  const shares = toTokenShares(found.unit(options), amounts, matched as CanonicalDomain[]);
  const weights = Object.fromEntries(domains.map(({ domain }) => [domain, 0]));
  const notes = findings.filter(({ level }) => level === 'warning').map(({ where, message }) => `${where}: ${message}`);
  shares.forEach((share, i) => {
    const { domain } = matched[i]!;
    if (weights[domain]! > 0) notes.push(`"${domain}" stands in the file more than once: its weights were added up`);
    weights[domain]! += share;
  });
  const absent = domains.filter(({ domain }) => weights[domain] === 0).map(({ domain }) => domain);
  if (absent.length > 0) notes.push(`not in the file, so with weight 0: ${nameList(absent)}`);
  return { weights, phase: phases.length > 1 ? names[index]! : null, notes };
}

function refuse(code: string, message: string, argument = 'file'): never {
  throw new InvalidInputError(code, message, { argument });
}
