import type { TrainingConfigFormat } from '../../format.js';
import { parseStreaming } from './parse.js';
import { simulateStreams, streamOptions, streamUnit, streamUnits } from './stream-options.js';
import { streamKey, writeStreaming } from './write.js';

/** MosaicML Streaming used from Python: a list of streams for StreamingDataset. */
export const streamingFormat: TrainingConfigFormat = {
  name: 'streaming',
  trainer: 'MosaicML Streaming',
  description: 'streams.py: the list of streams for StreamingDataset, to import in your own script',
  needs: "Each domain's MDS shards: locations.streaming (or locations.mds) in the corpus, or the option location.",
  unit: streamUnit,
  units: streamUnits,
  options: streamOptions,
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Build StreamingDataset anew with the streams of the next phase and a fresh data loader, and do not load the ' +
      'state dict of the data set before: its position would be skipped in the new mixture.',
  },
  example: { location: 's3://bucket/{domain}', sequenceLength: 2048 },
  key: streamKey,
  write: writeStreaming,
  parse: parseStreaming,
  simulate: simulateStreams,
};
