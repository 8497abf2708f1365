import { describe, expect, it } from 'vitest';
import { type ExportOptions, readOptions } from '../../export/options.js';
import { canonicalProposal, exportProposal } from '../../index.js';
import { streamingFormat } from './streaming.format.js';

const read = (content: string, given: ExportOptions = {}) =>
  streamingFormat.parse({ path: 'data.py', content }, readOptions('streaming', streamingFormat.options, given));
const levels = ({ findings }: ReturnType<typeof read>) => findings.map(({ level }) => level);

/** As in the documentation of MosaicML Streaming. */
const script = `
from streaming import Stream, StreamingDataset

ROOT = 's3://bucket/web'
SHARE = 0.25
streams = [
    Stream(remote=ROOT, local='/tmp/web', proportion=SHARE),
    Stream(
        remote='s3://bucket/' 'code',
        local='/tmp/code',
        split='train',  # the folder below
        proportion=0.75,
    ),
]
dataset = StreamingDataset(streams=streams, epoch_size=100_000, shuffle=True, batch_size=8)
`;

describe('a Python file of streams', () => {
  it('is read with its names resolved, and with the arguments of the data set', () => {
    expect(read(script)).toEqual({
      findings: [],
      phases: [
        {
          name: null,
          start: 0,
          sources: [
            { key: 's3://bucket/web', amount: 0.25 },
            { key: 's3://bucket/code', amount: 0.75 },
          ],
        },
      ],
      settings: { epoch_size: 100_000, batching_method: 'random' },
    });
  });

  it.each([
    ['a fault of syntax', 'streams = [Stream(remote="a", proportion=1.0)'],
    ['an argument without a name', 'Stream("s3://a", proportion=1.0)'],
    ['an argument that Stream does not have', 'Stream(local="/a", weight=1.0)'],
    ['text for a proportion', 'Stream(local="/a", proportion="1.0")'],
    ['a truth value for a proportion', 'Stream(local="/a", proportion=True)'],
    ['a negative proportion', 'Stream(local="/a", proportion=-1.0)'],
    ['two ways to weigh', 'Stream(local="/a", proportion=1.0, choose=10)'],
    ['one folder for two streams', '[Stream(local="/a", proportion=1.0), Stream(local="/a", proportion=1.0)]'],
    ['a number for a folder', 'Stream(local=1, proportion=1.0)'],
    ['nowhere to read from', 'Stream(proportion=1.0)'],
    ['a remote beside the streams', script.replace('batch_size=8', "remote='s3://all'")],
    ['half an epoch_size', script.replace('100_000', '0.5')],
  ])('is refused with %s', (_, content) => {
    expect(levels(read(content))).toContain('error');
  });

  it.each([
    ['a value that only the run knows', 'Stream(local="/a", proportion=share())', 'note', 'share()'],
    ['arguments that cannot be seen', 'Stream(local="/a", proportion=1.0, **rest)', 'note', 'more arguments'],
    ['shuffle off', script.replace('shuffle=True', 'shuffle=False'), 'warning', 'one after the other'],
    ['shuffle left out', script.replace('shuffle=True, ', ''), 'warning', 'one after the other'],
    ['no weights', 'Stream(local="/a")', 'warning', 'no weights'],
    ['repeat', 'Stream(local="/a", repeat=2)', 'warning', 'weights=repeat'],
  ])('says of %s', (_, content, level, message) => {
    expect(read(content).findings).toMatchObject([{ level, message: expect.stringContaining(message) }]);
  });

  it('holds nothing without a stream', () => {
    expect(read('import streaming\n')).toEqual({ findings: [], phases: [], settings: {} });
  });
});

describe('an export for MosaicML Streaming', () => {
  const facts = { tokens: { web: 3e9, code: 1e9 }, documents: { web: 3e6, code: 5e5 }, targetTokens: 1e9 };
  const proposal = canonicalProposal({ weights: { web: 0.7, code: 0.3 } }, facts);

  it('writes passes with repeat, and no epoch_size', () => {
    const { content } = exportProposal(proposal, 'streaming', { location: '/mds/{domain}', weights: 'repeat' })
      .files[0]!;
    expect(content).toContain('    Stream(local="/mds/web", repeat=0.233333333333333),\n');
    expect(content).not.toContain('epoch_size');
    const both = { location: '/mds/{domain}', weights: 'repeat', epochSize: 100 };
    expect(() => exportProposal(proposal, 'streaming', both)).toThrow('leave epochSize out');
  });

  it('names what else is to be passed on', () => {
    const { files, usage } = exportProposal(proposal, 'streaming', {
      location: '/mds/{domain}',
      batching: 'stratified',
      batchSize: 8,
      epochSize: 800,
    });
    expect(files[0]!.content).toContain(']\n\nepoch_size = 800\n\nbatching_method = "stratified"\n');
    expect(usage[0]).toContain('epoch_size=epoch_size, batching_method=batching_method, shuffle=True');
  });

  it('is known by its locations', () => {
    const { phases } = exportProposal(proposal, 'streaming', { location: 's3://b/{domain}', local: '/nvme/{domain}' });
    expect(phases[0]!.domains.map(({ key }) => key)).toEqual(['s3://b/web', 's3://b/code']);
  });
});
