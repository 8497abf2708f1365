import { InvalidInputError } from '#libs/simplex';
import type { LocationRule } from '../../export/locations.js';
import type { OptionValues } from '../../export/options.js';
import { readSplit } from '../../export/splits.js';
import type { ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';
import { fileSuffixProblem, indexedExample } from '../../writing/megatron-prefix.js';

/** A JSON list holds white space and numbers well: only what GPT-NeoX would not find is refused. */
export const prefixRule: LocationRule = {
  registeredAs: ['gpt-neox'],
  example: indexedExample.location,
  what: 'the prefix',
  problem: (prefix) => fileSuffixProblem(prefix, 'GPT-NeoX'),
};

/** A YAML file that is JSON below its comments, so that nothing in it needs YAML's quoting. */
export function writeGptNeox({ proposal, phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const valid = requireSplit(options, 'valid');
  const test = requireSplit(options, 'test');
  const path = fileName(proposal.proposalId);
  const split = (name: string, prefixes: readonly string[], weights: readonly string[]) =>
    `  "${name}_data_paths": [\n${prefixes.map((prefix) => `    ${JSON.stringify(prefix)}`).join(',\n')}\n  ],\n` +
    `  "${name}_data_weights": [${weights.join(', ')}]`;
  const equal = (prefixes: readonly string[]) => prefixes.map(() => '1.0');
  const parts = [
    split(
      'train',
      entries.map(({ key }) => key),
      entries.map(({ text }) => text),
    ),
    split('valid', valid, equal(valid)),
    split('test', test, equal(test)),
  ];
  return {
    files: [{ path, content: `${commented(header)}{\n${parts.join(',\n')}\n}\n` }],
    usage: [
      `Add ${path} to the configuration files of the launch: deepy.py train.py … ${path}.`,
      'Delete data_path and weight_by_num_documents from the others: GPT-NeoX refuses the one beside these lists, and ' +
        'the other replaces their weights. Train by train_iters: train_epochs takes no weights.',
      ...(valid.length > 1 ? ['The validation prefixes are blended in equal parts.'] : []),
    ],
  };
}

function requireSplit(options: OptionValues, name: 'valid' | 'test'): readonly string[] {
  const prefixes = readSplit(options, name, prefixRule);
  if (prefixes) return prefixes;
  const both = options.list('valid') === undefined && options.list('test') === undefined;
  throw new InvalidInputError(
    'EXPORT_OPTION',
    `GPT-NeoX starts only with data for training, validation and test: give ${both ? 'the options valid and test' : `the option ${name}`} ` +
      '(the same prefixes may serve both; with eval_iters 0 they are opened and not used)',
    { argument: name, allowed: 'dataset prefixes' },
  );
}

/** GPT-NeoX refuses two files of one name, and saves them beside the checkpoint under theirs. */
function fileName(proposalId: string | null): string {
  const id = proposalId?.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100);
  return id ? `mixture_${id}.yml` : 'mixture.yml';
}
