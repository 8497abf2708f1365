import { locationOf } from '../../export/locations.js';
import { startSteps } from '../../export/steps.js';
import type { RunInPhases, TrainingConfigFormat } from '../../format.js';
import { greedyBlend } from '../../samplers/greedy-blend.js';
import { indexedExample, indexedOptions } from '../../writing/megatron-prefix.js';
import { parseMegatron } from './parse.js';
import { megatronPrefix, writeMegatron } from './write.js';

/** Megatron-LM: weights count packed sequences of equal length, so token shares are right as they are. */
export const megatronFormat: TrainingConfigFormat = {
  name: 'megatron',
  trainer: 'Megatron-LM',
  description: 'blend.txt for --data-args-path and blend.per-split.json for --per-split-data-args-path',
  needs: "Each domain's dataset prefix: locations.megatron in the corpus, or the option location.",
  unit: () => 'sequences',
  units: ['sequences'],
  options: indexedOptions,
  zeros: 'dropped',
  // The blending index is a signed 16-bit number.
  maxDomains: 32_766,
  phases: { relaunch },
  example: indexedExample,
  key: (domain, options) => locationOf(domain, options, megatronPrefix),
  write: writeMegatron,
  parse: parseMegatron,
  simulate: greedyBlend,
};

function relaunch(run: RunInPhases): string {
  const starts = startSteps(run);
  const iterations = starts === null ? 'the iterations at which the phases end' : starts.slice(1).join(',');
  return (
    `Train with --train-samples and a constant global batch, and pass --phase-transition-iterations ${iterations}: at ` +
    'each of them the run saves and exits; start it again with the files of the next phase.'
  );
}
