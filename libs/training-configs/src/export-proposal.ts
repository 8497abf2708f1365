import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import type { CanonicalProposal } from './canonical-proposal.js';
import { compareWithPlan } from './compare-with-plan.js';
import { vanishesInPrint } from './fixed-decimals.js';
import type { ExportEntry, ExportedFile, ExportOptions, TrainingConfigFormat } from './format.js';
import { formats } from './formats/registry.js';

export interface ExportResult {
  readonly format: string;
  readonly files: readonly ExportedFile[];
  /** What the reader of the files must know, as sentences: domains dropped, weights changed, many epochs. */
  readonly warnings: readonly string[];
}

/** From here on a reader should be told how often a domain is repeated: gains fade after about four epochs. */
const MANY_EPOCHS = 4;

/**
 * Writes a proposal in a trainer's format, parses the result with the format's independent parser and compares it
 * with the proposal: same domains in the same order, weights within 1e-12, sum within 1e-9 of 1.
 * Throws InvalidInputError for what the caller can mend (EXPORT_FORMAT_UNKNOWN, EXPORT_OPTION, LOCATION_MISSING,
 * LOCATION_INVALID, LOCATION_DUPLICATE, TOO_MANY_DOMAINS, bad weights) and ExportMismatchError if a file does not
 * hold what was asked for; then nothing is returned.
 */
export function exportProposal(proposal: CanonicalProposal, format: string, options: ExportOptions = {}): ExportResult {
  return exportWith(findFormat(format), proposal, options);
}

/** As `exportProposal`, with a format that need not be registered. */
export function exportWith(
  format: TrainingConfigFormat,
  proposal: CanonicalProposal,
  options: ExportOptions = {},
): ExportResult {
  checkOptions(format, options);
  const names = proposal.weights.map(({ domain }) => domain);
  const { weights } = normaliseWeights(
    names,
    proposal.weights.map(({ weight }) => weight),
  );
  const warnings = [...proposal.notes];
  const dropped: { domain: string; weight: number }[] = [];
  const kept = proposal.weights
    .map((entry, i) => ({ ...entry, weight: weights[i]! }))
    .filter((entry) => {
      const zero = entry.weight === 0;
      const tiny = vanishesInPrint(entry.weight);
      if (!tiny && (!zero || format.zeros === 'kept')) return true;
      dropped.push({ domain: entry.domain, weight: entry.weight });
      if (tiny) {
        warnings.push(
          `"${entry.domain}" was left out: its weight ${entry.weight} is below what 15 decimals can hold, ` +
            'and that share went to the largest weight',
        );
      }
      return false;
    });
  const zeros = dropped.filter(({ weight }) => weight === 0).map(({ domain }) => `"${domain}"`);
  if (zeros.length > 0) warnings.push(`left out, because ${format.name} takes no weight of 0: ${zeros.join(', ')}`);
  if (kept.length > format.maxDomains) {
    throw new InvalidInputError(
      'TOO_MANY_DOMAINS',
      `${format.name} takes at most ${format.maxDomains} domains; the proposal has ${kept.length}`,
      { argument: 'weights', value: kept.length, allowed: `[1, ${format.maxDomains}]` },
    );
  }

  const entries = kept.map((entry): ExportEntry => {
    const { domain, weight, epochs, tokens } = entry;
    return { domain, key: format.key(entry, options), weight, epochs, tokens };
  });
  assertDistinctKeys(entries);
  for (const { domain, epochs } of entries) {
    if (epochs !== undefined && epochs > MANY_EPOCHS) {
      warnings.push(`"${domain}" will be repeated for ${Number(epochs.toPrecision(3))} epochs`);
    }
  }

  const files = format.write({ proposal, entries, dropped, warnings, options });
  compareWithPlan(format.name, format.parse(files), files, entries, options);
  return { format: format.name, files, warnings };
}

function findFormat(name: string): TrainingConfigFormat {
  const found = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (found) return found;
  throw new InvalidInputError(
    'EXPORT_FORMAT_UNKNOWN',
    `there is no format "${name}"; the formats are ${Object.keys(formats).join(', ')}`,
    { argument: 'format', value: name, allowed: Object.keys(formats).join(', ') },
  );
}

function checkOptions(format: TrainingConfigFormat, options: ExportOptions): void {
  const known = Object.keys(format.options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const option = Object.hasOwn(format.options, name) ? format.options[name] : undefined;
    if (!option) {
      throw new InvalidInputError(
        'EXPORT_OPTION',
        `the format "${format.name}" has no option "${name}"` +
          (known.length > 0 ? `; it has ${known.join(', ')}` : '; it has none'),
        { argument: name, allowed: known.join(', ') },
      );
    }
    const isList = Array.isArray(value);
    if (isList !== (option.kind === 'list')) {
      throw new InvalidInputError(
        'EXPORT_OPTION',
        `the option "${name}" must be ${option.kind === 'list' ? 'a list of texts' : 'one text'}`,
        { argument: name, value },
      );
    }
    if (value.length === 0) {
      throw new InvalidInputError('EXPORT_OPTION', `the option "${name}" is empty`, { argument: name, value });
    }
  }
}

function assertDistinctKeys(entries: readonly ExportEntry[]): void {
  const owners = new Map<string, string>();
  for (const { key, domain } of entries) {
    const owner = owners.get(key);
    if (owner !== undefined) {
      throw new InvalidInputError(
        'LOCATION_DUPLICATE',
        `"${owner}" and "${domain}" have the same location ${key}: give each its own, for example with ` +
          '{domain} in the prefix',
        { argument: 'location', value: key, domains: [owner, domain] },
      );
    }
    owners.set(key, domain);
  }
}
