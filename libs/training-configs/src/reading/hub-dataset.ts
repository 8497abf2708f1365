// One source as load_dataset of Hugging Face `datasets` is told of it: path, name, split, data_files, data_dir.

type Fields = Readonly<Record<string, unknown>>;

/** Loaders for files, which are not the name of a source by themselves. */
const LOADERS = new Set(['json', 'csv', 'parquet', 'arrow', 'text']);

/**
 * What stands for the source: `org/web`, `org/web:config`, `org/web:config:split`, or its data files.
 * @param defaultSplit not repeated in the key
 */
export function hubKey(fields: Fields, defaultSplit: string): string {
  const path = textOf(fields.path) ?? '';
  const files = Array.isArray(fields.data_files) ? fields.data_files.join(',') : textOf(fields.data_files);
  const inside = files ?? textOf(fields.data_dir);
  const source = inside === undefined ? path : LOADERS.has(path) ? inside : `${path}/${inside}`;
  const config = textOf(fields.name) ?? '';
  const split = textOf(fields.split) ?? defaultSplit;
  const isDefault = split === defaultSplit || (files !== undefined && split === 'train');
  if (!isDefault) return `${source}:${config}:${split}`;
  return config === '' ? source : `${source}:${config}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
