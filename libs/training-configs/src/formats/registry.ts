import type { TrainingConfigFormat } from '../format.js';
import { csvFormat } from './csv/csv.format.js';
import { jsonFormat } from './json/json.format.js';
import { megatronFormat } from './megatron/megatron.format.js';

/** Every format, by name. A new one is a folder here and a line in this list. */
const registered: readonly TrainingConfigFormat[] = [jsonFormat, csvFormat, megatronFormat];

export const formats: Readonly<Record<string, TrainingConfigFormat>> = Object.fromEntries(
  registered.map((format) => [format.name, format]),
);

export const formatNames: readonly string[] = registered.map(({ name }) => name);
