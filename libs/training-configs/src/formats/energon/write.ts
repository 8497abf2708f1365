import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

/** metadataset.yaml with a train split; paths are relative to the file. */
export function writeEnergon({ phases, options, header }: ExportPlan): Written {
  const mode = options.text('mode')!;
  const field = mode === 'blend' ? 'weight' : 'repetitions';
  const listed = phases[0]!.entries.map(({ key, text }) => ({ [field]: new DecimalText(text), path: key }));
  const value = {
    __module__: 'megatron.energon',
    __class__: options.text('class')!,
    splits: { train: { [mode]: listed } },
  };
  return {
    files: [{ path: 'metadataset.yaml', content: yamlText(value, header) }],
    usage: [
      'Pass metadataset.yaml to get_train_dataset; relative paths start at the folder of the file. Add the splits val and ' +
        'test if the training asks for them.',
      ...(mode === 'blend'
        ? []
        : ['Pass repeat=False to get_train_dataset: an epoch holds each data set as often as it says, and then ends.']),
    ],
  };
}
