import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import type { FileReading } from '../../reading/reading.js';
import { parseDataPrefix } from './parse-data-prefix.js';
import { parsePaths } from './parse-paths.js';

/** Python or YAML: the option tells which NeMo the file is for. */
export function parseNemo({ content }: ExportedFile, options: OptionValues): FileReading {
  return options.text('release') === '1' ? parseDataPrefix(content) : parsePaths(content);
}
