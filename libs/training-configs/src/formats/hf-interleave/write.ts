import { hubDataset } from '../../export/hub-location.js';
import { assertApart } from '../../export/patterns.js';
import type { ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';

/** mixture.json, whose numbers are fixed decimals, and the loader that passes it to interleave_datasets. */
export function writeHfInterleave({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  assertApart(entries.map(({ domain, key }) => ({ domain, location: key })));
  const split = options.text('split')!;
  const datasets = entries.map(({ key }) => {
    const { path, config, dataFiles, split: own } = hubDataset(key, split);
    return JSON.stringify({ path, name: config, data_files: dataFiles, split: own });
  });
  const streaming = options.flag('streaming');
  const lines = [
    `  "datasets": [\n    ${datasets.join(',\n    ')}\n  ]`,
    `  "probabilities": [\n    ${entries.map(({ text }) => text).join(',\n    ')}\n  ]`,
    `  "seed": ${options.number('seed')}`,
    `  "stopping_strategy": ${JSON.stringify(options.text('stoppingStrategy'))}`,
    `  "streaming": ${streaming}`,
    `  "columns": ${JSON.stringify(options.list('columns') ?? null)}`,
  ];
  return {
    files: [
      { path: 'mixture.json', content: `{\n${lines.join(',\n')}\n}\n` },
      { path: 'load_mixture.py', content: `${commented(header)}${LOADER}` },
    ],
    usage: [
      'In the training script: `from load_mixture import load_mixture` and `train_dataset = load_mixture()`.',
      ...(streaming
        ? ['A mixture that is read while training has no length: give the trainer max_steps, not epochs.']
        : []),
      'Each source is read in its own order: call `.shuffle(seed=…)` on the result, and tokenize after that.',
    ],
  };
}

const LOADER = `import json
from pathlib import Path

from datasets import interleave_datasets, load_dataset

MIXTURE = Path(__file__).with_name("mixture.json")


def load_mixture(path=MIXTURE):
    """The mixture of mixture.json: documents of its data sets, drawn with its probabilities."""
    mixture = json.loads(Path(path).read_text(encoding="utf-8"))
    sources = [load_dataset(streaming=mixture["streaming"], **source) for source in mixture["datasets"]]
    if mixture["columns"] is not None:
        sources = [source.select_columns(mixture["columns"]) for source in sources]
    return interleave_datasets(
        sources,
        probabilities=mixture["probabilities"],
        seed=mixture["seed"],
        stopping_strategy=mixture["stopping_strategy"],
    )


if __name__ == "__main__":
    for example in load_mixture().take(3):
        print(example)
`;
