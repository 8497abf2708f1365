import { InvalidInputError } from '#libs/simplex';
import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

/** data.yaml, the `data` section of the training YAML as far as it concerns the mixture. */
export function writeLingua({ phases, options, header }: ExportPlan): Written {
  const root = options.text('rootDir');
  if (root?.includes(`\${`)) {
    throw new InvalidInputError(
      'LOCATION_INVALID',
      `the option rootDir contains \${, which OmegaConf fills in: ${root}`,
      {
        argument: 'rootDir',
        value: root,
      },
    );
  }
  const sources = new Map(phases[0]!.entries.map(({ key, text }) => [key, new DecimalText(text)]));
  const data = { ...(root === undefined ? {} : { root_dir: root }), sources };
  return {
    files: [{ path: 'data.yaml', content: yamlText({ data }, header) }],
    usage: [
      'Put these keys into `data` of the training YAML: Lingua reads one file, and `sources` must replace what stands there.',
      ...(root === undefined ? ['Set data.root_dir to the folder that holds the sub-directories.'] : []),
      'Each sub-directory needs *.chunk.*.jsonl files: with more of them than data-parallel ranks the rest is never ' +
        'read, and with fewer the ranks must be a multiple of them.',
    ],
  };
}
