import { shortNumber } from '#libs/mixing-laws';
import { formatShare } from '../terminal/numbers.js';
import { formatTable, right } from '../terminal/table.js';
import { labelled, outputWidth, wrapText } from '../terminal/wrap.js';
import type { HeldOutLine } from './law-form.js';
import { lawParameters } from './law-parameters.js';
import type { LawResult, PredictedRun } from './law-result.js';

/** The most runs a table lists. */
const LISTED_RUNS = 10;
const digits = (value: number | null) => (value === null ? '–' : value.toFixed(4));
const percent = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(2)} %`);

function heldOutTable(lines: readonly HeldOutLine[]): string {
  const seen = new Map<string, { line: HeldOutLine; index: number }>();
  for (const line of lines) {
    const key = `${line.description}; baseline: ${line.baseline.rule}`;
    if (!seen.has(key)) seen.set(key, { line, index: seen.size + 1 });
  }
  const rows = lines.map((line) => {
    const { index } = seen.get(`${line.description}; baseline: ${line.baseline.rule}`)!;
    const { law, baseline } = line;
    return [
      line.target,
      String(index),
      String(law.rows),
      digits(law.mae),
      percent(law.mre),
      digits(law.spearman),
      digits(baseline.mae),
      percent(baseline.mre),
      digits(baseline.spearman),
    ];
  });
  const table = formatTable(
    [
      { title: 'target', names: true },
      right('test'),
      right('losses'),
      right('MAE'),
      right('MRE'),
      right('rank'),
      right('base MAE'),
      right('base MRE'),
      right('base rank'),
    ],
    rows,
  );
  const legend = [...seen.keys()].map((text, i) => labelled(`  ${i + 1}`, text, 5));
  return [
    wrapText(
      'Held out: losses that the law had not seen. MAE in the unit of the losses, MRE relative to the loss, rank: ' +
        'Spearman over mixtures; base: the plain alternative, named below.',
    ),
    '',
    table,
    '',
    'Tests',
    ...legend,
  ].join('\n');
}

function weightsLine(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .filter(([, weight]) => weight >= 0.00005)
    .sort((a, b) => b[1] - a[1])
    .map(([domain, weight]) => `${domain} ${formatShare(weight)}`)
    .join(', ');
}

/** The largest weights that fit into `room` characters, and how many more there are. */
function leadingWeights(weights: Readonly<Record<string, number>>, room: number): string {
  const parts = weightsLine(weights).split(', ');
  if (parts.join(', ').length <= room) return parts.join(', ');
  const more = (kept: number) => `, and ${parts.length - kept} more`;
  let kept = parts.length - 1;
  while (kept > 1 && parts.slice(0, kept).join(', ').length + more(kept).length > room) kept -= 1;
  return parts.slice(0, kept).join(', ') + more(kept);
}

function objectiveOf(run: Pick<PredictedRun, 'predicted'>, objective: LawResult['objective']): number {
  return Object.entries(objective).reduce(
    (sum, [target, weight]) => (weight > 0 ? sum + weight * (run.predicted[target]?.mean ?? Number.NaN) : sum),
    0,
  );
}

function runTable(result: LawResult): string {
  const { runs, objective, table } = result;
  const [only] = table.rows.targets;
  const single = table.rows.targets.length === 1;
  const ranked = [...runs].sort((a, b) => a.size - b.size || objectiveOf(a, objective) - objectiveOf(b, objective));
  const bySize = new Set(runs.map(({ size }) => size)).size > 1;
  const listed = ranked.slice(0, LISTED_RUNS);
  const numbers = listed.map((run) => {
    const interval = single ? run.predicted[only!] : undefined;
    return [
      run.run,
      ...(bySize ? [shortNumber(run.size)] : []),
      digits(objectiveOf(run, objective)),
      ...(interval ? [`${digits(interval.lower90)} – ${digits(interval.upper90)}`] : []),
    ];
  });
  const columns = [
    { title: 'run' },
    ...(bySize ? [right('size')] : []),
    right(single ? 'loss' : 'objective'),
    ...(single ? [{ title: '90 % interval' }] : []),
  ];
  const [, rule = ''] = formatTable(columns, numbers).split('\n');
  const room = Math.max(30, outputWidth() - rule.length - 2);
  const rows = listed.map(({ weights }, k) => [
    ...numbers[k]!,
    weights ? leadingWeights(weights, room) : 'weights not usable',
  ]);
  const rest = runs.length - LISTED_RUNS;
  return [
    formatTable([...columns, { title: 'mixture' }], rows),
    ...(rest > 0 ? [`… and ${rest} more (--json lists all)`] : []),
  ].join('\n');
}

function signalLines({ signal, signalByTarget, form, table }: LawResult): string[] {
  const lines = [
    wrapText(`Signal across scales: ${signal.verdict}. ${signal.reason[0]!.toUpperCase()}${signal.reason.slice(1)}.`),
  ];
  if (form === 'signal') {
    const rows = Object.entries({
      ...(table.rows.targets.length > 1 ? { objective: signal } : {}),
      ...signalByTarget,
    }).flatMap(([target, measured]) =>
      measured.pairs.map((pair) => [
        target,
        shortNumber(pair.small),
        shortNumber(pair.large),
        String(pair.shared),
        digits(pair.spearman),
        digits(pair.threshold),
        pair.verdict,
      ]),
    );
    const columns = [
      { title: 'target', names: true },
      right('small'),
      right('large'),
      right('mixtures'),
      right('Spearman'),
      right('chance'),
      { title: 'signal' },
    ];
    return [...lines, '', formatTable(columns, rows)];
  }
  const absent = Object.entries(signalByTarget).filter(([, one]) => one.verdict === 'absent');
  for (const [target, one] of absent) lines.push(`  ${target}: ${one.reason}`);
  return lines;
}

/** What a person reads; `--json` has the rest. */
export function lawText(result: LawResult): string {
  const { form, table, at, fitted, bestMixture, bestTrained, predictions, abstained } = result;
  const sizes = table.sizesKnown ? [...new Set(Array.from(table.rows.sizes))].sort((a, b) => a - b) : [];
  const where = [
    ...(at.size === null || form === 'step' ? [] : [`${shortNumber(at.size)} parameters`]),
    ...(at.tokens === null ? [] : [`${shortNumber(at.tokens)} ${at.tokenUnit}`]),
  ].join(' and ');
  const sections: string[] = [
    [
      `${table.rows.losses.length} losses of ${table.labels.length} mixtures${sizes.length > 0 ? ` at ${sizes.map(shortNumber).join(', ')} parameters` : ''}`,
      ...table.roles.map((role) => `  ${role}`),
    ].join('\n'),
  ];
  if (fitted) sections.push([`The ${form} law`, ...lawParameters(result)].join('\n'));
  if (fitted && fitted.heldOut.length > 0) sections.push(heldOutTable(fitted.heldOut));
  if (form !== 'step' && form !== 'mixture') sections.push(signalLines(result).join('\n'));
  if (abstained) sections.push(wrapText(`No mixture is proposed: ${abstained}`));
  if (result.runs.length > 0) {
    const heading = abstained
      ? 'Levels predicted for the trained mixtures; their order means nothing'
      : 'Predicted for the trained mixtures';
    sections.push(`${heading}${where ? `, at ${where}` : ''}\n\n${runTable(result)}`);
  }
  if (bestMixture) {
    const { search } = bestMixture;
    sections.push(
      [
        wrapText(`Best mixture${where ? ` at ${where}` : ''}, by the law: objective ${digits(bestMixture.objective)}`),
        ...[
          weightsLine(bestMixture.weights),
          ...(bestTrained
            ? [
                `best of the trained mixtures: ${bestTrained.run}, predicted ${digits(objectiveOf(bestTrained, result.objective))}`,
              ]
            : []),
          `${formatShare(search.distance)} of its tokens away from the nearest trained mixture; ${search.agreeing} of ${search.starts} searches ended there`,
          ...(bestTrained && objectiveOf(bestTrained, result.objective) <= bestMixture.objective
            ? ['The trained one is predicted to be no worse, from its own losses: prefer it.']
            : []),
          'A predicted optimum often loses to the best mixture that was trained: train both before the large run.',
        ].map((text) => wrapText(text, outputWidth(), '  ')),
      ].join('\n'),
    );
  }
  if (predictions) {
    const rows = Object.entries(predictions.scores ?? {}).map(([target, score]) => [
      target,
      String(score.rows),
      digits(score.mae),
      percent(score.mre),
      digits(score.spearman),
      percent(score.coverage90),
    ]);
    const scored =
      rows.length > 0
        ? `\n\n${formatTable([{ title: 'target', names: true }, right('losses'), right('MAE'), right('MRE'), right('rank'), right('in 90 % interval')], rows)}`
        : '';
    sections.push(`${predictions.rows} predictions in ${predictions.file}${scored}`);
  }
  return sections.join('\n\n');
}
