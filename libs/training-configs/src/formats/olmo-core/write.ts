import { assertDistinct, locationOf } from '../../export/locations.js';
import { assertApart } from '../../export/patterns.js';
import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';
import { pathRule } from './paths.js';
import { repetitionRatio } from './repetition-ratio.js';

const FILE = 'olmo-core.yaml';

/** A SourceMixtureList, and in `usage` the Python that makes a data set of it. */
export function writeOlmoCore({ phases, options, header }: ExportPlan): Written {
  const { entries, tokens } = phases[0]!;
  const requested = tokens === undefined ? undefined : Math.round(tokens);
  const located = entries.map((entry) => ({ ...entry, location: locationOf(entry, options, pathRule) }));
  assertDistinct(located, pathRule.what);
  assertApart(located);
  const sources = located.map((entry) => ({
    source_name: entry.key,
    target_ratio: new DecimalText(entry.text),
    paths: [entry.location],
    ...(requested === undefined || !entry.tokens
      ? {}
      : { max_repetition_ratio: new DecimalText(repetitionRatio(Number(entry.text), requested, entry.tokens)) }),
  }));
  const length = options.number('sequenceLength');
  const batch = options.number('batchSize');
  const tokensOfBatch = length && batch ? String(length * batch) : 'TOKENS_OF_A_BATCH';
  const unknown = entries.filter((entry) => requested === undefined || !entry.tokens).map(({ domain }) => domain);
  return {
    files: [{ path: FILE, content: yamlText({ sources }, header) }],
    usage: [
      `In the training script: sources = SourceMixtureList.from_yaml("${FILE}"); mix = ` +
        `SourceMixtureDatasetConfig(source_list=sources, requested_tokens=${requested ?? 'TOKENS_OF_THE_RUN'}, ` +
        `global_batch_size=${tokensOfBatch}); dataset = NumpyFSLDatasetConfig.from_src_mix(mix, tokenizer=…, ` +
        `sequence_length=${length ?? '…'}).`,
      'global_batch_size counts tokens and must be a multiple of sequence_length; the data loader and the trainer must be ' +
        'given the same one.',
      ...(requested === undefined
        ? []
        : [
            `max_repetition_ratio is what ${requested} tokens need: for a longer run export again, or OLMo-core refuses ` +
              'the sources that are too small.',
          ]),
      ...(unknown.length === 0
        ? []
        : [
            `Without the tokens of the run and of each domain no max_repetition_ratio can be given for ` +
              `${unknown.map((domain) => `"${domain}"`).join(', ')}: OLMo-core repeats nothing there, and refuses what ` +
              'is too small for its share.',
          ]),
    ],
  };
}
