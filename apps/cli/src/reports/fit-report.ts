import { listSome, type RunTable } from '#libs/run-tables';
import type { FittedTarget, FittedTargets } from '#libs/surrogates';
import { countOf } from '../terminal/numbers.js';
import { shortNames } from '../terminal/short-names.js';
import { formatTable, right } from '../terminal/table.js';
import { labelled, wrapText } from '../terminal/wrap.js';

const LABELS = 12;
/** Domains and runs named in the details of a target. */
const NAMED = 5;
const NAME_WIDTH = 20;

const score = (value: number | null) => (value === null ? '–' : value.toFixed(4));
const percent = (share: number | null) => (share === null ? '–' : `${Math.round(100 * share)} %`);

/** The fits as people read them: a table of scores, then what each target's fit consists of and where it fails. */
export function fitReport(fits: FittedTargets, runs: RunTable): string {
  const entries = Object.entries(fits);
  const table = formatTable(
    [
      { title: 'target', names: true },
      ...['runs', 'Spearman', 'MAE', 'RMSE', 'R²', 'in 50 %', 'in 90 %'].map(right),
      { title: 'signal' },
    ],
    entries.map(([target, { diagnostics }]) => {
      const { rows, outOfFold, coverage, signal } = diagnostics;
      const { spearman, mae, rmse, r2 } = outOfFold;
      return [
        target,
        String(rows),
        ...[spearman, mae, rmse, r2].map(score),
        percent(coverage.p50),
        percent(coverage.p90),
        signal.present ? 'yes' : 'no',
      ];
    }),
  );
  const unbounded = entries.some(([, { diagnostics }]) => diagnostics.coverage.p90 === null);
  const intro =
    `${countOf(runs.mixtures.length, 'run')} of ${runs.domains.length} domains. Scores are of mixtures that the fit ` +
    'had not seen; MAE and RMSE are in the unit of the losses. "in 90 %" is how many of these mixtures the 90 % ' +
    `intervals held${unbounded ? '; – where there are too few runs for intervals' : ''}.`;
  return [
    wrapText(intro),
    '',
    table,
    '',
    wrapText(LEGEND),
    ...entries.map(([target, fit]) => `\n${describeTarget(target, fit, runs)}`),
  ].join('\n');
}

/** Said once, not for every target. */
const LEGEND =
  'Below, for each target. model: the share of each member, and its RMSE on unseen mixtures. domains: by how much the ' +
  "RMSE rises when the domain's weight is hidden. worst runs: measured loss and prediction, where the two differ most " +
  'for what the fit claims to know.';

function describeTarget(target: string, { diagnostics }: FittedTarget, runs: RunTable): string {
  const { signal, members, learningCurve, importance, worstPredicted, outliers, replicates, warnings } = diagnostics;
  const details: [string, string][] = [];
  if (!signal.present) details.push(['signal', signal.reason]);
  const constant = diagnostics.outOfFold.r2 === null;
  if (constant) return block(target, details);
  details.push(['model', members.length > 1 ? weightsOf(members) : nameOf(diagnostics)]);
  if (!diagnostics.converged) details.push(['unfinished', diagnostics.reason]);
  details.push(['more runs', learningCurve.statement]);
  if (signal.present) {
    const leading = [...importance].sort((a, b) => b.rmseRise - a.rmseRise).filter(({ rmseRise }) => rmseRise > 0);
    const names = shortNames(runs.domains, NAME_WIDTH);
    const named = leading.slice(0, NAMED).map(({ domain, rmseRise }) => `${names[domain]} ${threeDigits(rmseRise)}`);
    if (named.length > 0) details.push(['domains', named.join(', ')]);
  }
  const worst = worstPredicted.slice(0, NAMED).map(({ row, observed, predicted }) => {
    return `run ${runs.ids[row]} ${loss(observed)}, predicted ${loss(predicted)}`;
  });
  if (worst.length > 0) details.push(['worst runs', worst.join('; ')]);
  if (outliers.length > 0) {
    const names = listSome(outliers.map((row) => `run ${runs.ids[row]!}`));
    details.push([
      'outliers',
      `${names}: further off than the errors of the other runs explain; check how they were joined and trained`,
    ]);
  }
  if (replicates) {
    const repeated = `${countOf(replicates.mixtures, 'mixture')} measured ${replicates.rows} times`;
    details.push(['noise', `${repeated}: the standard deviation of one run is ${loss(replicates.noise)}`]);
  }
  for (const warning of warnings) details.push(['warning', warning]);
  return block(target, details);
}

function block(target: string, details: readonly [string, string][]): string {
  return [target, ...details.map(([label, text]) => labelled(`  ${label}`, text, LABELS + 2))].join('\n');
}

/** Another model than the one asked for is explained by the warnings. */
function nameOf({ model, why }: FittedTarget['diagnostics']): string {
  return why === 'asked for by name' ? `${model} (${why})` : model;
}

function weightsOf(members: FittedTarget['diagnostics']['members']): string {
  return [...members]
    .sort((a, b) => b.weight - a.weight)
    .map(({ model, weight, outOfFold }) => `${model} ${Math.round(100 * weight)} % (RMSE ${score(outOfFold.rmse)})`)
    .join(', ');
}

function threeDigits(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function loss(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
