import type { CheckedPhase, CheckedSource, CheckReport, Finding } from '#libs/training-configs';
import { countOf } from '../terminal/numbers.js';
import { type Column, formatTable, right } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';
import { inFlags } from '../training-config/flag-names.js';
import { formatPercent } from '../training-config/percent.js';
import { missesTarget, worthShowing } from '../training-config/rows-worth-showing.js';

const severity = { error: 0, warning: 1, note: 2 };
const MOST_FINDINGS = 20;

export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => severity[a.level] - severity[b.level]);
}

/** What is wrong with a file, and what the trainer would draw from it. */
export function describeCheck(report: CheckReport): string {
  const { findings, phases, unitDescription } = report;
  const shown = findings
    .slice(0, MOST_FINDINGS)
    .map(({ level, where, message }) => wrapText(`${level}: ${where}: ${message}`));
  const more = findings.length - shown.length;
  if (more > 0) shown.push(`and ${countOf(more, 'more finding')}: --json lists all`);
  const weighted = phases.filter(({ sources }) => sources.length > 0);
  return [
    [verdictOf(report), ...shown].join('\n'),
    ...(weighted.length === 0 ? [] : [wrapText(`What a weight counts: ${unitDescription}.${whatIsMissing(report)}`)]),
    ...weighted.map((phase) => describePhase(phase, phases.length > 1)),
  ].join('\n\n');
}

function verdictOf({ trainer, path, usable, findings }: CheckReport): string {
  if (!usable) return `${trainer} cannot use ${path} as it stands.`;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  return `${trainer} can use ${path}${warnings === 0 ? '.' : `, with ${countOf(warnings, 'warning')}.`}`;
}

/** Shares of the tokens depend on how long the documents are, or how many tokens there are. */
function whatIsMissing({ unit, phases }: CheckReport): string {
  const unknown = phases.some(({ sources }) =>
    sources.some(({ share, tokenShare }) => share !== null && tokenShare === null),
  );
  if (!unknown) return '';
  const facts = unit === 'documents' ? 'tokens and documents' : 'tokens';
  return ` Shares of the tokens need the ${facts} of every domain: give --corpus.`;
}

function describePhase({ name, start, sampler, draws, sources, remarks }: CheckedPhase, several: boolean): string {
  const isOff = ({ tokenShare, realised }: CheckedSource) =>
    missesTarget({ target: tokenShare, realised, standardError: scatterOf(tokenShare, draws) }, draws);
  const shown = worthShowing(sources, ({ share, amount }) => share ?? amount ?? 0, isOff);
  const known = (read: (source: CheckedSource) => unknown) => sources.some((source) => read(source) !== null);
  const columns: [column: Column, cell: (source: CheckedSource) => string][] = [
    [{ title: 'source', names: true }, ({ key }) => key],
  ];
  if (sources.some(({ domain, key }) => domain !== null && domain !== key)) {
    columns.push([{ title: 'domain', names: true }, ({ domain }) => domain ?? '–']);
  }
  columns.push([right('weight'), ({ amount }) => (amount === null ? 'none' : String(amount))]);
  if (known(({ share }) => share)) columns.push([right('share'), ({ share }) => percent(share)]);
  if (known(({ tokenShare }) => tokenShare)) {
    columns.push([right('of the tokens'), ({ tokenShare }) => percent(tokenShare)]);
  }
  if (known(({ realised }) => realised)) columns.push([right('realised'), ({ realised }) => percent(realised)]);
  if (known(({ epochs }) => epochs)) columns.push([right('epochs'), ({ epochs }) => epochs?.toFixed(2) ?? '–']);
  const table = formatTable(
    columns.map(([column]) => column),
    shown.map((source) => columns.map(([, cell]) => cell(source))),
  );
  const lines = several
    ? [`Phase${name === null ? '' : ` ${name}`}, from ${start} on in the trainer's own count:`, '']
    : [];
  lines.push(table);
  const rest = sources.length - shown.length;
  if (rest > 0) lines.push(`and ${countOf(rest, 'more source')}: --json lists all`);
  if (known(({ realised }) => realised)) {
    lines.push('', `realised: ${draws?.toLocaleString('en')} draws of the trainer's sampler, ${sampler}`);
  }
  return [...lines, ...remarks.map((remark) => wrapText(`note: ${inFlags(remark)}`))].join('\n');
}

/** Of a share of so many random draws; an upper bound for samplers that are steadier. */
function scatterOf(share: number | null, draws: number | null): number | null {
  return share === null || draws === null ? null : Math.sqrt((share * (1 - share)) / draws);
}

function percent(share: number | null): string {
  return share === null ? '–' : formatPercent(share);
}
