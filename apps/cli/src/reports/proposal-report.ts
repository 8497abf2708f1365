import { type Objective, objectiveShares } from '#libs/proposals';
import { listSome } from '#libs/run-tables';
import type { ReadProposalDocument } from '../client/documents.js';
import { formatShare } from '../terminal/numbers.js';
import { shortNames } from '../terminal/short-names.js';
import { formatTable, right } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';

type Weights = Readonly<Record<string, number>>;
type Estimate = { readonly mean: number; readonly lower90: number | null; readonly upper90: number | null };
/** Both the document of libs/proposals and the one that the service answers are such. */
export type ReportedProposal = DeepReadonly<Omit<ReadProposalDocument, 'objective' | 'notes'>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Domains named where the largest weights are listed, and how long their names may be there. */
const NAMED = 3;
const NAME_WIDTH = 16;
/** What three columns of numbers leave for the largest weights. */
const LEADING_WIDTH = 58;
/** What four columns of estimates leave for the names of the targets. */
const TARGET_WIDTH = 34;

/** "2.345 ±0.021": the mean and half of the 90% interval. */
export function estimate(loss: Estimate | null | undefined): string {
  if (!loss) return '–';
  const { mean, lower90, upper90 } = loss;
  const half = lower90 === null || upper90 === null ? null : Math.max(upper90 - mean, mean - lower90);
  return `${mean.toFixed(4)}${half === null ? '' : ` ±${half.toFixed(4)}`}`;
}

/** The largest weights, in words, the domains by short names: as many as there is room for. */
function leading(weights: Weights, room = LEADING_WIDTH): string {
  const names = Object.keys(weights);
  const short = new Map(shortNames(names, NAME_WIDTH).map((name, i) => [names[i]!, name]));
  const largest = names.sort((a, b) => weights[b]! - weights[a]!).slice(0, NAMED);
  const used = largest.filter((name) => weights[name]! >= 0.005);
  const parts = used.map((name) => `${short.get(name)} ${Math.round(100 * weights[name]!)} %`);
  while (parts.length > 1 && parts.join(', ').length > room) parts.pop();
  return parts.join(', ');
}

/** A proposal as people read it: what to use and why, then everything needed to doubt it. */
export function proposalReport(
  proposal: ReportedProposal,
  {
    domains = Object.keys(proposal.weights),
    confirmed = false,
    objective,
  }: {
    /** In the order of their rows. */
    readonly domains?: readonly string[];
    /** Whether runs have tested the proposal since: then they, and not the fit, recommend. */
    readonly confirmed?: boolean;
    /** What was minimised, where it is to be explained. */
    readonly objective?: Objective;
  } = {},
): string {
  const sections = [
    recommendation(proposal, confirmed),
    mixtureTable(proposal, domains),
    lossTable(proposal, objective),
    ...(proposal.tradeOff.length > 0 ? [tradeOffTable(proposal)] : []),
    ...(proposal.pareto ? [paretoTable(proposal.pareto)] : []),
    checks(proposal),
  ];
  return sections.join('\n\n');
}

const titles = { proposal: 'the proposal', 'best-observed': 'the best measured mixture', natural: 'natural' } as const;

function recommendation(proposal: ReportedProposal, confirmed: boolean): string {
  const { recommended, abstained } = proposal;
  const best = comparedRun(proposal);
  const run = recommended.mixture === 'best-observed' && best?.run != null ? ` (run ${best.run})` : '';
  const title = confirmed ? 'The fit alone recommends' : 'Recommended:';
  const lines = [`${title} ${titles[recommended.mixture]}${run}.`, wrapText(asSentence(recommended.reason))];
  if (abstained) lines.push(wrapText(`No mixture is proposed: ${abstained.reason}`));
  return lines.join('\n');
}

function asSentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** The measured mixture to compare with: the best that may be used, if there is one. */
function comparedRun({ bestObserved, bestObservedWithinConstraints }: ReportedProposal) {
  return bestObservedWithinConstraints ?? bestObserved;
}

/** The column of the caller's own mixture. */
function titleOf({ name }: { readonly name: string }): string {
  return shortNames([name], NAME_WIDTH)[0]!;
}

/** The column of the measured mixture; one that breaks the constraints is marked wherever it is shown. */
function measuredTitle(proposal: ReportedProposal): string {
  const run = comparedRun(proposal)?.run ?? null;
  return `${run === null ? 'best measured' : `run ${run}`}${proposal.bestObservedWithinConstraints ? '' : ' *'}`;
}

function mixtureTable(proposal: ReportedProposal, domains: readonly string[]): string {
  const { weights, baselines, epochs, repetition, constraints } = proposal;
  const best = comparedRun(proposal);
  const { given } = baselines;
  const limits = new Map(constraints.details.map(({ name, kind }) => [name, kind]));
  const columns = [
    { title: 'domain', names: true },
    right('proposed'),
    ...(best ? [right(measuredTitle(proposal))] : []),
    right('natural'),
    ...(given ? [right(titleOf(given))] : []),
    ...(epochs ? [right('epochs')] : []),
    ...(repetition ? [right('efficiency')] : []),
    ...(constraints.caps ? [right('cap')] : []),
    { title: 'bound by' },
  ];
  const rows = domains.map((domain) => [
    domain,
    formatShare(weights[domain]!),
    ...(best ? [formatShare(best.weights[domain]!)] : []),
    formatShare(baselines.natural.weights[domain]!),
    ...(given ? [formatShare(given.weights[domain]!)] : []),
    ...(epochs ? [epochs[domain]!.toFixed(2)] : []),
    ...(repetition ? [`${Math.round(100 * (repetition.domains[domain]?.efficiency ?? 1))} %`] : []),
    ...(constraints.caps ? [formatShare(constraints.caps[domain]!)] : []),
    limits.get(domain) ?? '',
  ]);
  const groups = constraints.details.filter(({ name }) => !(name in weights));
  const lines = [formatTable(columns, rows)];
  for (const { name, kind, limit, value } of groups)
    lines.push(`Group ${name}: ${formatShare(value)}, at its ${boundOf(kind)} of ${formatShare(limit)}.`);
  if (best && !proposal.bestObservedWithinConstraints)
    lines.push(`* breaks the constraints: shown for comparison only.`);
  if (given && given.violates.length > 0)
    lines.push(wrapText(`${given.name} breaks the constraints on ${listSome(given.violates)}.`));
  if (constraints.excluded.length > 0)
    lines.push(wrapText(`Left out for their licence: ${constraints.excluded.join(', ')}.`));
  if (repetition) {
    lines.push(
      wrapText(
        `Repetition: ${Math.round(100 * repetition.efficiency)} % of the tokens count as new ` +
          `(efficiency: new tokens that would teach as much, per token trained` +
          `${repetition.pricedLoss === null ? '' : `; repeating costs ${repetition.pricedLoss.toPrecision(2)} nats per token`}).`,
      ),
    );
  }
  return lines.join('\n');
}

/** "group-min" as people say it. */
function boundOf(kind: string): string {
  return kind === 'group-min' ? 'minimum' : kind === 'group-max' ? 'maximum' : kind;
}

function lossTable(proposal: ReportedProposal, objective: Objective | undefined): string {
  const { predicted, predictedObjective, baselines, bestObserved } = proposal;
  const targets = Object.keys(predicted);
  const short = shortNames(targets, TARGET_WIDTH);
  const best = comparedRun(proposal);
  const { natural, uniform, given } = baselines;
  const judged = [
    { title: 'proposed', predicted, objective: predictedObjective },
    ...(best
      ? [{ title: measuredTitle(proposal), predicted: best.predicted, objective: best.predictedObjective }]
      : []),
    { title: 'natural', ...natural },
    { title: 'uniform', ...uniform },
    ...(given ? [{ title: titleOf(given), ...given }] : []),
  ];
  const row = (name: string, of: (mixture: (typeof judged)[number]) => Estimate | undefined) => [
    name,
    ...judged.map((mixture) => estimate(of(mixture))),
  ];
  const rows = [
    row('objective', ({ objective }) => objective),
    ...targets.map((target, i) => row(short[i]!, ({ predicted }) => predicted[target])),
  ];
  const columns = [{ title: 'predicted loss', names: true }, ...judged.map(({ title }) => right(title))];
  const remarks = ['± is half of the interval that holds 9 of 10 new runs.'];
  if (objective && targets.length > 1) remarks.unshift(describeObjective(objective, short, targets));
  if (best) {
    const over = best.rows > 1 ? ` over ${best.rows} runs` : '';
    remarks.push(
      `The objective measured for run ${best.run ?? best.index} is ${best.objective.toFixed(4)}${over}: ` +
        'the least of many noisy numbers, so it flatters.',
    );
  }
  if (bestObserved && best && bestObserved.index !== best.index) {
    const run = bestObserved.run ?? bestObserved.index;
    remarks.push(`Run ${run} measured ${bestObserved.objective.toFixed(4)}, but breaks the constraints.`);
  }
  // With one target the objective is its loss.
  const shown = rows.length === 2 && rows[0]!.slice(1).join() === rows[1]!.slice(1).join() ? rows.slice(1) : rows;
  return [formatTable(columns, shown), wrapText(remarks.join(' '))].join('\n');
}

/** Points that look the same, to the digits shown, are one row: the last of them. */
function withoutRepeats<T>(points: readonly T[], shown: (point: T) => string): T[] {
  return points.filter((point, k) => k === points.length - 1 || shown(point) !== shown(points[k + 1]!));
}

/** How the row "objective" comes from the rows of the targets, and what else was minimised. */
function describeObjective(objective: Objective, short: readonly string[], targets: readonly string[]): string {
  const entries = Object.entries(objective.targets);
  const named = (target: string) => short[targets.indexOf(target)] ?? target;
  const alike = new Set(Object.values(objective.targets)).size === 1;
  const worst = objective.combine === 'worst-case';
  const shares = objectiveShares(objective);
  const terms = entries.map(([target], t) => `${Number(shares[t]!.toPrecision(3))} × ${named(target)}`);
  const of = entries.length === targets.length ? 'all targets' : listSome(entries.map(([target]) => named(target)));
  const what = alike
    ? `the ${worst ? 'largest' : 'mean'} of ${of}`
    : worst
      ? `the largest of ${listSome(terms)}`
      : terms.join(' + ');
  const also = [
    ...(objective.uncertainty > 0 ? [`${objective.uncertainty} × its standard error`] : []),
    ...(objective.klStrength > 0 ? [`${objective.klStrength} × the divergence from natural`] : []),
    ...(objective.repetition ? ['the price of repetition'] : []),
  ];
  const added = also.length > 0 ? ` Minimised was that plus ${also.join(' and ')}, which the table leaves out.` : '';
  return `Objective: ${what}.${added}`;
}

function tradeOffTable({ tradeOff }: ReportedProposal): string {
  // Of strengths that pull to the same mixture, the strongest.
  const points = withoutRepeats(
    tradeOff,
    ({ objective, kl, weights }) => `${estimate(objective)} ${kl?.toFixed(3)} ${leading(weights)}`,
  );
  const table = formatTable(
    [right('KL strength'), right('predicted'), right('KL, nats'), { title: 'largest weights', names: true }],
    points.map(({ klStrength, objective, kl, weights }) => [
      Number(klStrength.toPrecision(3)).toString(),
      estimate(objective),
      kl === null ? '∞' : kl.toFixed(3),
      leading(weights),
    ]),
  );
  return ['Towards natural: what the predicted objective costs as the mixture is pulled there (--kl).', table].join(
    '\n',
  );
}

function paretoTable(points: NonNullable<ReportedProposal['pareto']>): string {
  const groups = Object.keys(points[0]?.groups ?? {});
  const cells = ({ groups: losses, weights }: (typeof points)[number]) => [
    ...groups.map((group) => estimate(losses[group])),
    leading(weights),
  ];
  const rows = withoutRepeats(points, (point) => cells(point).join()).map(cells);
  const table = formatTable([...groups.map(right), { title: 'largest weights', names: true }], rows);
  const said =
    rows.length === 1
      ? 'What the groups cost each other: nothing, the same mixture is best for all of them.'
      : 'What the groups cost each other: no group of targets can gain here without another losing.';
  return [said, table].join('\n');
}

function checks({ worst, extrapolation, provenance, fits }: ReportedProposal): string {
  const { outside, distance, limit, nearestRun, nearestIndex } = extrapolation;
  const lines = [
    `Nearest measured mixture: run ${nearestRun ?? nearestIndex}; ${formatShare(distance)} of the tokens would change ` +
      `domain. ${outside ? `OUTSIDE the sampled region (limit ${formatShare(limit)}): the predictions extrapolate.` : `Inside the sampled region (limit ${formatShare(limit)}).`}`,
  ];
  if (worst) {
    lines.push(
      `Negative control: the worst mixture allowed is predicted at ${estimate(worst.objective)} (${leading(worst.weights)}).`,
    );
  }
  lines.push(describeOrder(fits));
  const { used, why } = provenance.optimiser;
  if (used !== 'abstained') lines.push(`Found by ${used}: ${why}`);
  return lines.map((line) => wrapText(asSentence(line))).join('\n');
}

/** How well the fits order mixtures that they have not seen. */
function describeOrder(fits: ReportedProposal['fits']): string {
  const silent = Object.keys(fits).filter((target) => !fits[target]!.signal.present);
  const known = Object.values(fits).flatMap(({ outOfFold }) => outOfFold.spearman ?? []);
  const [least, most] = [Math.min(...known), Math.max(...known)].map((value) => value.toFixed(3));
  const range = known.length === 0 ? 'none' : least === most ? least : `${least} to ${most}`;
  const without = silent.length > 0 ? `; no signal in ${silent.join(', ')}` : '';
  return `Rank correlation of the fits with mixtures they had not seen: ${range}${without}.`;
}
