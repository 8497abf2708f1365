import type { OptionValues } from '../../export/options.js';
import type { ExportPlan, Written } from '../../format.js';
import type { CanonicalDomain } from '../../proposal/canonical-proposal.js';
import { commented } from '../../writing/comments.js';
import { pythonString } from '../../writing/python.js';
import {
  assertInEveryBatch,
  assertOwnFolders,
  epochSize,
  placesOf,
  streamRule,
  streamUsage,
} from './stream-options.js';

const rule = streamRule('streaming', () => null);

/** A list has no names: a stream is known by where its shards come from. */
export function streamKey(domain: CanonicalDomain, options: OptionValues): string {
  const { remote, local } = placesOf(domain, options, rule);
  return remote ?? local!;
}

/** streams.py: `streams`, and `epoch_size` where it is known. */
export function writeStreaming({ phases, options, header }: ExportPlan): Written {
  const phase = phases[0]!;
  const scheme = options.text('weights')!;
  const split = options.text('split');
  const streams = phase.entries.map((entry) => ({ ...entry, places: placesOf(entry, options, rule) }));
  assertOwnFolders(streams);
  assertInEveryBatch(phase, options);
  const listed = streams.map(({ places, text }) => {
    const texts = { ...places, ...(split === undefined ? {} : { split }) };
    const given = Object.entries(texts).map(([name, value]) => `${name}=${pythonString(value!)}`);
    return `    Stream(${[...given, `${scheme}=${text}`].join(', ')}),\n`;
  });
  const size = epochSize(phase, options);
  const settings = {
    ...(size === null ? {} : { epoch_size: String(size) }),
    ...(options.text('batching') === 'stratified' ? { batching_method: pythonString('stratified') } : {}),
  };
  const assigned = Object.entries(settings).map(([name, value]) => `\n${name} = ${value}\n`);
  const passed = Object.keys(settings).map((name) => `, ${name}=${name}`);
  const list = `streams = [\n${listed.join('')}]\n`;
  const content = `${commented(header)}from streaming import Stream\n\n${list}${assigned.join('')}`;
  return {
    files: [{ path: 'streams.py', content }],
    usage: [
      `Import it: StreamingDataset(streams=streams${passed.join('')}, shuffle=True, batch_size=…). Without shuffle the streams ` +
        'are read one after the other.',
      ...streamUsage(options, size),
    ],
  };
}
