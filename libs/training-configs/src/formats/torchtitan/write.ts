import { assertApart } from '../../export/patterns.js';
import type { ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';
import { pythonString, pythonVariables } from '../../writing/python.js';

const MODULE = 'mixture';

/** What the module itself calls by name. */
const IMPORTED = [
  'ConcatThenSplitPackingConfig',
  'DatasetMixConfig',
  'GrainDataLoader',
  'IndexedJsonlSource',
  'SingleDatasetConfig',
  'WeightedDataset',
];
const TAKEN = [...IMPORTED, 'TextProcessor', 'document_text', 'documents', 'mixture', 'dataloader', 'row', 'sample'];

/**
 * A module of the shape of torchtitan/components/data/README.md (pytorch/torchtitan 0544db2). Where each domain is packed
 * by itself, what is mixed are rows of one length; where the mixture is packed, documents.
 */
export function writeTorchTitan({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  assertApart(entries.map(({ domain, key }) => ({ domain, location: key })));
  const isPacked = options.text('mix') === 'packed';
  const variables = pythonVariables(
    entries.map(({ domain }) => domain),
    TAKEN,
  );
  const sources = entries.map(({ key }, i) => `${variables[i]} = documents(${pythonString(key)})\n`).join('');
  const packed = (dataset: string) => `ConcatThenSplitPackingConfig(dataset=${dataset})`;
  const weighted = entries
    .map(({ text }, i) => {
      const dataset = isPacked ? packed(variables[i]!) : variables[i]!;
      return `        WeightedDataset(dataset=${dataset}, weight=${text}),\n`;
    })
    .join('');
  const content = `${commented(header)}
from torchtitan.components.data import (
${IMPORTED.map((name) => `    ${name},\n`).join('')})
from torchtitan.hf_datasets.text_datasets import TextProcessor


def document_text(row):
    return row[${pythonString(options.text('textField')!)}]


def documents(pattern):
    return SingleDatasetConfig(
        source=IndexedJsonlSource.Config(patterns=(pattern,)),
        processor=TextProcessor.Config(text_fn=document_text),
        post_filters=(lambda sample: sample is not None,),
    )


${sources}
mixture = DatasetMixConfig(
    datasets=(
${weighted}    ),
)
dataloader = GrainDataLoader.Config(dataset=${isPacked ? 'mixture' : packed('mixture')}, seed=${options.number('seed')})
`;
  return {
    files: [{ path: `${MODULE}.py`, content }],
    usage: [
      `Put ${MODULE}.py beside your config function and write in it: config.dataloader = ${MODULE}.dataloader.`,
      'The processor is that of the README of TorchTitan for plain text; for other data, change the function documents. ' +
        'Do not reorder the domains of a run that is to be resumed: their seeds go by place.',
    ],
  };
}
