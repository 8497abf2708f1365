import { parse } from 'csv-parse/sync';
import { ExportMismatchError } from '../../export-mismatch.error.js';
import type { ExportedFile, ParsedFile } from '../../format.js';

/** Reads mixture.csv strictly: every row as long as the header, every weight a plain decimal in [0, 1]. */
export function parseCsv(files: readonly ExportedFile[]): Record<string, ParsedFile> {
  const parsed: Record<string, ParsedFile> = {};
  for (const { path, content } of files) {
    const [header, ...rows] = parse(content, { relax_column_count: false }) as string[][];
    const domainColumn = header?.indexOf('domain') ?? -1;
    const weightColumn = header?.indexOf('weight') ?? -1;
    if (domainColumn < 0 || weightColumn < 0) {
      throw new ExportMismatchError(`csv: ${path} lacks a column domain or weight`);
    }
    const seen = new Set<string>();
    const train = rows.map((row) => {
      const key = row[domainColumn]!;
      const written = row[weightColumn]!;
      if (seen.has(key)) throw new ExportMismatchError(`csv: "${key}" stands twice in ${path}`);
      seen.add(key);
      if (!/^[01]\.\d{12,}$/.test(written)) throw new ExportMismatchError(`csv: weight "${written}" of "${key}"`);
      return { key, weight: Number.parseFloat(written) };
    });
    parsed[path] = { train };
  }
  return parsed;
}
