import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import type { FileReading } from '../../reading/reading.js';
import { parseDataset } from './parse-dataset.js';
import { parseSources } from './parse-sources.js';

/** Two kinds of file, of two units: the option tells which one it should be. */
export function parseMegatronBridge({ content }: ExportedFile, options: OptionValues): FileReading {
  return options.text('dataset') === 'finetune' ? parseSources(content) : parseDataset(content);
}
