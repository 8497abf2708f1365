import { ExportMismatchError } from '../../export-mismatch.error.js';
import type { ExportedFile, ParsedFile } from '../../format.js';

/** Reads mixture.json as any JSON reader would; also refuses a number with an exponent and a domain listed twice. */
export function parseJson(files: readonly ExportedFile[]): Record<string, ParsedFile> {
  const [file, ...others] = files;
  if (!file || others.length > 0) throw new ExportMismatchError('json: expected exactly one file');
  const document: unknown = JSON.parse(file.content);
  const weights = (document as { weights?: unknown } | null)?.weights;
  if (typeof weights !== 'object' || weights === null) throw new ExportMismatchError('json: `weights` is no object');
  const domains = (document as { domains?: unknown }).domains;
  if (!Array.isArray(domains)) throw new ExportMismatchError('json: `domains` is no list');
  const named = domains.map((entry) => String((entry as { domain?: unknown } | null)?.domain));
  const found = Object.keys(weights);
  if (found.length !== named.length) {
    throw new ExportMismatchError(`json: ${named.length} domains listed but ${found.length} distinct weights`);
  }
  const section = file.content.slice(file.content.lastIndexOf('\n  "weights": {'));
  if (/: *-?[\d.]+[eE]/.test(section.replace(/"(?:[^"\\]|\\.)*"/g, '""'))) {
    throw new ExportMismatchError('json: a weight is written with an exponent');
  }
  const train = named.map((domain) => {
    const weight = Object.hasOwn(weights, domain) ? (weights as Record<string, unknown>)[domain] : undefined;
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1)) {
      throw new ExportMismatchError(`json: the weight of "${domain}" is ${String(weight)}`);
    }
    return { key: domain, weight };
  });
  return { [file.path]: { train } };
}
