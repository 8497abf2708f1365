// Dataset prefixes as Megatron-Core and its relatives take them: a path without .bin or .idx.
import type { LocationRule } from '../export/locations.js';
import { type OptionDescriptions, sharedOptions } from '../export/options.js';
import { pythonStrip, readsAsPythonFloat } from '../reading/python-words.js';

/** A template as a user would write it. */
const EXAMPLE = '/data/{domain}_text_document';

/**
 * Legal in a blend of weight and prefix in turn: what the trainer would split, take for a weight, or not find is refused.
 * @param blend "words" where the blend stands in a text of its own; "list" where each prefix is an element
 */
export function blendPrefixRule(
  trainer: string,
  registeredAs: readonly string[],
  blend: 'words' | 'list',
): LocationRule {
  return {
    registeredAs,
    example: EXAMPLE,
    what: 'the prefix',
    problem(prefix) {
      if (blend === 'words' && /\s/u.test(prefix)) return `contains white space, where ${trainer} splits`;
      if (pythonStrip(prefix) !== prefix) return `begins or ends with white space, which ${trainer} strips`;
      if (readsAsPythonFloat(prefix)) return `looks like a number, which ${trainer} takes for a weight`;
      return fileSuffixProblem(prefix, trainer);
    },
  };
}

/** As `rule`, for a file that OmegaConf reads: it fills in what stands between ${ and }, and ??? is a value to be given. */
export function forOmegaConf(rule: LocationRule): LocationRule {
  const special = (prefix: string): string | null => {
    if (prefix.includes('${')) return 'contains ${, where OmegaConf would fill in a value';
    return prefix === '???' ? 'is what OmegaConf takes for a value still to be given' : null;
  };
  return { ...rule, problem: (prefix) => rule.problem(prefix) ?? special(prefix) };
}

export function fileSuffixProblem(prefix: string, trainer: string): string | null {
  return /\.(?:bin|idx)$/i.test(prefix)
    ? `ends in .bin or .idx, but ${trainer} wants the name of both files without it`
    : null;
}

const otherSplits = {
  valid: { kind: 'list', description: 'Dataset prefixes of the validation split, unweighted' },
  test: { kind: 'list', description: 'Dataset prefixes of the test split, unweighted' },
} satisfies OptionDescriptions;

/** What an export for indexed datasets may be told. */
export const indexedOptions: OptionDescriptions = {
  location: sharedOptions.location(EXAMPLE),
  batchSize: sharedOptions.batchSize,
  trainSteps: sharedOptions.trainSteps,
  ...otherSplits,
};

export const indexedExample = { location: EXAMPLE, batchSize: 512, sequenceLength: 4096 };
