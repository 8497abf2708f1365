// Prefixes of file names, from which the loaders of TinyLlama and its relatives make a pattern for glob.glob.
import { InvalidInputError } from '#libs/simplex';
import type { LocationRule } from '../export/locations.js';
import type { ExportEntry } from '../format.js';

/** Legal as the beginning of a pattern: what glob would not take literally is refused. */
export function filePrefixRule(format: string, example: string): LocationRule {
  return {
    registeredAs: [format],
    example,
    what: 'the prefix of the files',
    problem: (prefix) => (/[*?[]/.test(prefix) ? 'holds *, ? or [, which glob takes for a pattern' : null),
  };
}

/** Pairs of entries of which one's prefix is the beginning of the other's. */
export function nestedPrefixes(
  entries: readonly ExportEntry[],
): (readonly [shorter: ExportEntry, longer: ExportEntry])[] {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  return sorted.flatMap((shorter, i) => {
    const longer: ExportEntry[] = [];
    for (let k = i + 1; sorted[k]?.key.startsWith(shorter.key); k++) longer.push(sorted[k]!);
    return longer.map((entry) => [shorter, entry] as const);
  });
}

/** @param reads what the loader looks for with the shorter prefix, e.g. "train_web*" */
export function refuseNested(shorter: ExportEntry, longer: ExportEntry, reads: string, example: string): never {
  throw new InvalidInputError(
    'LOCATION_INVALID',
    `the prefix of "${shorter.domain}", ${JSON.stringify(shorter.key)}, is the beginning of ` +
      `${JSON.stringify(longer.key)}, that of "${longer.domain}": looking for ${reads}, the loader would read the files ` +
      `of both. Give prefixes that end in something the names do not hold, such as ${example}`,
    { argument: 'location', value: shorter.key, domains: [shorter.domain, longer.domain] },
  );
}
