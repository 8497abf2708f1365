import { formatTable, right } from '../terminal/table.js';
import { labelled, wrapText } from '../terminal/wrap.js';
import type { Check } from './check.js';
import type { Examination } from './examine.js';

const marks: Record<Check['state'], string> = { ok: 'ok', warning: 'note', problem: 'PROBLEM' };

/** Whether runs can be trained here, what stands in the way first, then everything that was looked at. */
export function describeExamination({ canTrain, checks, backends }: Examination): string {
  const problems = checks.filter(({ state }) => state === 'problem');
  const verdict = canTrain
    ? 'Runs can be trained on this machine.'
    : `No run can be trained on this machine. ${problems.map(({ subject, text }) => `${subject}: ${text}`).join('; ')}`;
  const table = formatTable(
    [{ title: 'backend' }, right('GFLOP/s'), right('tokens/s'), { title: '' }],
    backends.map((one) =>
      one.usable
        ? [one.name, one.gigaflops.toPrecision(3), Math.round(one.tokensPerSecond).toLocaleString('en'), one.note ?? '']
        : [one.label, '–', '–', one.refusal],
    ),
  );
  const lines = checks.map(({ subject, state, text }) => labelled(`${marks[state].padEnd(9)}${subject}`, text, 24));
  return [
    wrapText(verdict),
    lines.join('\n'),
    ...(backends.length === 0 ? [] : [`${table}\n\ntokens/s: training the default proxy in one process`]),
  ].join('\n\n');
}
