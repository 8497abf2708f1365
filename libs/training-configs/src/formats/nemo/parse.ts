import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import type { FileReading } from '../../reading/reading.js';
import { parseDataPrefix } from './parse-data-prefix.js';
import { parsePaths } from './parse-paths.js';

/** Python for NeMo 2, YAML for NeMo 1: the name of the file tells, or the option. */
export function parseNemo({ path, content }: ExportedFile, options: OptionValues): FileReading {
  return options.text('release') === '1' || /\.ya?ml$/.test(path) ? parseDataPrefix(content) : parsePaths(content);
}
