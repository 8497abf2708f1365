import { readSplit } from '../../export/splits.js';
import type { ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';
import { filePrefixRule, nestedPrefixes, refuseNested } from '../../writing/file-prefix.js';
import { pythonString } from '../../writing/python.js';

/** Files are found as {prefix}*; ending in "_", a prefix is no beginning of another domain's. */
export const tinyLlamaPrefix = filePrefixRule('tinyllama', 'train_{domain}_');

const FILE = 'train_data_config.py';

/** The list as it stands in pretrain/tinyllama.py. */
export function writeTinyLlama({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const [nested] = nestedPrefixes(entries);
  if (nested) refuseNested(...nested, `${nested[0].key}*`, 'train_{domain}_');
  const valid = readSplit(options, 'valid', tinyLlamaPrefix);
  const rows = entries.map(({ key, text }) => `    (${pythonString(key)}, ${text}),\n`).join('');
  const others = (valid ?? []).map((prefix) => `    (${pythonString(prefix)}, 1.0),\n`).join('');
  const validation = valid ? `\nval_data_config = [\n${others}]\n` : '';
  return {
    files: [{ path: FILE, content: `${commented(header)}\ntrain_data_config = [\n${rows}]\n${validation}` }],
    usage: [
      `Put ${valid ? 'the lists' : 'the list'} of ${FILE} in place of ${valid ? 'those' : 'that'} in pretrain/tinyllama.py.`,
      'The files of a domain are those in --train_data_dir whose names begin with its prefix; every device needs at least ' +
        '8 of them (n_chunks), or the run ends with an IndexError.',
    ],
  };
}
