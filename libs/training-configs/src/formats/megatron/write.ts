import { InvalidInputError } from '#libs/simplex';
import { fixedDecimals } from '../../fixed-decimals.js';
import type { ExportedFile, ExportOptions, ExportPlan } from '../../format.js';
import { megatronMeta } from './meta.js';
import { assertLegalPrefix } from './prefix.js';

/** blend.txt, blend.per-split.json and, because neither can hold a comment, blend.meta.json. */
export function writeMegatron(plan: ExportPlan): ExportedFile[] {
  const decimals = fixedDecimals(plan.entries.map(({ weight }) => weight));
  const valid = readSplit(plan.options, 'valid');
  const test = readSplit(plan.options, 'test');
  const blend = plan.entries.map(({ key }, i) => `${decimals[i]} ${key}\n`).join('');
  const train = plan.entries.map(({ key }, i) => `    "${decimals[i]}", ${JSON.stringify(key)}`).join(',\n');
  const list = (prefixes: readonly string[] | null) => JSON.stringify(prefixes);
  const perSplit = `{\n  "train": [\n${train}\n  ],\n  "valid": ${list(valid)},\n  "test": ${list(test)}\n}\n`;
  return [
    { path: 'blend.txt', content: blend },
    { path: 'blend.per-split.json', content: perSplit },
    { path: 'blend.meta.json', content: megatronMeta(plan, decimals, { valid, test }) },
  ];
}

function readSplit(options: ExportOptions, name: 'valid' | 'test'): readonly string[] | null {
  const value = options[name];
  if (!Array.isArray(value)) return null;
  for (const prefix of value) assertLegalPrefix(prefix, `a prefix of the option ${name}`);
  const twice = value.find((prefix, i) => value.indexOf(prefix) !== i);
  if (twice !== undefined) {
    throw new InvalidInputError('LOCATION_DUPLICATE', `the option ${name} gives ${twice} twice`, {
      argument: name,
      value: twice,
    });
  }
  return value;
}
