import { readSplit } from '../../export/splits.js';
import type { ExportPlan, Written } from '../../format.js';
import { blendPrefixRule } from '../../writing/megatron-prefix.js';

export const megatronPrefix = blendPrefixRule('Megatron-LM', ['megatron'], 'words');

/** blend.txt and blend.per-split.json: neither can hold a comment. */
export function writeMegatron({ phases, options }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const valid = readSplit(options, 'valid', megatronPrefix);
  const test = readSplit(options, 'test', megatronPrefix);
  const blend = entries.map(({ key, text }) => `${text} ${key}\n`).join('');
  const train = entries.map(({ key, text }) => `    "${text}", ${JSON.stringify(key)}`).join(',\n');
  const list = (prefixes: readonly string[] | null) => JSON.stringify(prefixes);
  const perSplit = `{\n  "train": [\n${train}\n  ],\n  "valid": ${list(valid)},\n  "test": ${list(test)}\n}\n`;
  // Evaluating a split without data ends the training at the first evaluation: its iterator is None.
  const evaluate = valid ? '' : ' --eval-iters 0';
  const several = valid !== null && valid.length > 1;
  return {
    files: [
      { path: 'blend.txt', content: blend },
      { path: 'blend.per-split.json', content: perSplit },
    ],
    usage: [
      `Pass --per-split-data-args-path blend.per-split.json${evaluate}, and no --split; --dataloader-fast-cache-load ` +
        'accepts this form alone.',
      'Or pass --data-args-path blend.txt --split 100,0,0 --eval-iters 0. With 99,1,0 and no --eval-iters 0, one ' +
        'percent of every domain is held out for validation.',
      ...(several
        ? [
            'The validation prefixes are mixed by their sizes into one loss; --multiple-validation-sets ' +
              '--full-validation reports one for each.',
          ]
        : []),
      ...(test ? ['The test prefixes are evaluated once, after training.'] : []),
      ...(valid || test
        ? []
        : ['Validation prefixes can be given with the option valid; until then evaluation is off.']),
    ],
  };
}
