import { ExportMismatchError } from './export-mismatch.error.js';
import type { ExportEntry, ExportedFile, ExportOptions, ParsedFile } from './format.js';

const WEIGHT_TOLERANCE = 1e-12;
const SUM_TOLERANCE = 1e-9;

/**
 * Throws ExportMismatchError unless every file was parsed and its training split is exactly `entries`; the other
 * splits, where a file has them, must be what the options `valid` and `test` ask for.
 */
export function compareWithPlan(
  format: string,
  parsed: Readonly<Record<string, ParsedFile>>,
  files: readonly ExportedFile[],
  entries: readonly ExportEntry[],
  options: ExportOptions,
): void {
  const fail = (path: string, what: string): never => {
    throw new ExportMismatchError(`${format}: ${path} does not hold the proposal after parsing it back: ${what}`);
  };
  for (const { path } of files) {
    const found = Object.hasOwn(parsed, path) ? parsed[path]! : null;
    const train = found?.train ?? [];
    if (train.length !== entries.length) fail(path, `${train.length} domains instead of ${entries.length}`);
    let sum = 0;
    entries.forEach((entry, i) => {
      const { key, weight } = train[i]!;
      if (key !== entry.key) fail(path, `"${key}" where "${entry.key}" belongs`);
      if (weight === null || !(Math.abs(weight - entry.weight) <= WEIGHT_TOLERANCE)) {
        fail(path, `"${key}" has weight ${weight} instead of ${entry.weight}`);
      }
      sum += weight ?? Number.NaN;
    });
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) fail(path, `the weights sum to ${sum}`);
    for (const split of ['valid', 'test'] as const) {
      const listed = found?.[split];
      if (listed === undefined) continue;
      const asked = options[split] ?? null;
      const keys = listed?.map(({ key, weight }) => (weight === null ? key : `${key} with a weight`)) ?? null;
      if (JSON.stringify(keys) !== JSON.stringify(asked)) fail(path, `its ${split} split is ${JSON.stringify(keys)}`);
    }
  }
}
