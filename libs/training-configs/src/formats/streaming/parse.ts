// What MosaicML Streaming makes of a Python file with a list of streams: every argument of Stream is a keyword.
// Sources as in reading/mosaic-streams.ts; streaming/base/dataset.py (StreamingDataset) for the rest.
import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { readStreamSettings, readStreams, type StreamArguments, UnreadValue } from '../../reading/mosaic-streams.js';
import { literalValue, type PythonCall, type PythonExpression, readPythonSource } from '../../reading/python-source.js';
import type { FileReading, Finding } from '../../reading/reading.js';

export function parseStreaming({ content }: ExportedFile, options: OptionValues): FileReading {
  const source = readPythonSource(content);
  const findings: Finding[] = source.errors.map((error) => ({ level: 'error', ...error }));
  const nothing: FileReading = { findings, phases: [], settings: {} };
  if (findings.length > 0) return nothing;
  const calls = source.calls('Stream');
  if (calls.length === 0) return nothing;
  const read = (expression: PythonExpression): unknown => {
    const value = literalValue(source.resolve(expression));
    return value === undefined ? new UnreadValue(expression.text) : value;
  };
  const streams = calls.map((call) => readCall(call, read, findings));
  const weights = options.text('weights') === 'repeat' ? 'repeat' : 'proportion';
  const reading = readStreams(streams, weights, findings);

  const [dataset] = source.calls('StreamingDataset');
  const settings: Record<string, unknown> = {};
  for (const name of ['epoch_size', 'shuffle', 'batching_method']) {
    const expression = dataset?.keywords.get(name) ?? source.assigned(name).at(-1);
    if (expression) settings[name] = read(expression);
    // Its default; another data set may stand in another file.
    else if (name === 'shuffle' && dataset && !dataset.isOpen) settings[name] = false;
  }
  const { epoch_size, batching_method } = readStreamSettings(settings, reading, 'StreamingDataset', findings);
  for (const name of ['remote', 'local']) {
    if (dataset?.keywords.has(name) && dataset.keywords.has('streams')) {
      const message = 'stands beside `streams`; Streaming takes one or the other';
      findings.push({ level: 'error', where: `line ${dataset.line}: ${name}`, message });
    }
  }
  return {
    findings,
    phases: [{ name: null, start: 0, sources: reading.sources }],
    settings: { epoch_size, batching_method },
  };
}

function readCall(
  { line, positional, keywords, isOpen }: PythonCall,
  read: (expression: PythonExpression) => unknown,
  findings: Finding[],
): StreamArguments {
  const where = `line ${line}: Stream`;
  if (positional.length > 0) {
    findings.push({ level: 'error', where, message: 'has an argument without a name; Stream takes none' });
  }
  if (isOpen) findings.push({ level: 'note', where, message: 'takes more arguments than can be seen here' });
  const values = Object.fromEntries([...keywords].map(([name, expression]) => [name, read(expression)]));
  const place = [values.remote, values.local].find((value) => typeof value === 'string');
  const other = [values.remote, values.local].find((value) => value instanceof UnreadValue);
  return { key: typeof place === 'string' ? place : (other?.text ?? where), where, values };
}
