// What a run will get out of an export: target beside what the trainer's sampler makes of it.
import type { ExportedDomain, ExportedPhase, ExportResult } from '#libs/training-configs';
import { countOf } from '../terminal/numbers.js';
import { type Column, formatTable, right } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';
import { inFlags } from './flag-names.js';
import { formatPercent } from './percent.js';
import { missesTarget, worthShowing } from './rows-worth-showing.js';

/** One table a phase, with the rows worth reading: the largest, and those that miss their target. */
export function describeShares({ phases }: Pick<ExportResult, 'phases'>): string {
  return phases.map((phase) => describePhase(phase, phases.length > 1)).join('\n\n');
}

function describePhase({ name, start, domains, sampler, draws, remarks }: ExportedPhase, several: boolean): string {
  const from = Number((100 * start).toPrecision(4));
  const where = several ? `${phaseLabel(name)}, from ${from} % of the run: shares` : 'Shares';
  const how =
    sampler === null ? '' : ` (realised: ${draws?.toLocaleString('en')} draws of the trainer's sampler, ${sampler})`;
  const isOff = (domain: ExportedDomain) => missesTarget({ ...domain, target: domain.weight }, draws);
  const shown = worthShowing(domains, ({ weight }) => weight, isOff);
  const realised = domains.some((domain) => domain.realised !== null);
  const epochs = domains.some((domain) => domain.epochs !== null);
  const off = shown.some(isOff);
  const columns: [column: Column, cell: (domain: ExportedDomain) => string][] = [
    [{ title: 'domain', names: true }, ({ domain }) => domain],
    [right('target'), ({ weight }) => formatPercent(weight)],
  ];
  if (realised) columns.push([right('realised'), formatRealised]);
  if (off) columns.push([right('off by'), (domain) => (isOff(domain) ? formatDeviation(domain) : '')]);
  if (epochs) columns.push([right('epochs'), ({ epochs }) => formatEpochs(epochs)]);
  if (epochs && several) columns.push([right('of the run'), ({ epochsOfRun }) => formatEpochs(epochsOfRun)]);
  const table = formatTable(
    columns.map(([column]) => column),
    shown.map((domain) => columns.map(([, cell]) => cell(domain))),
  );
  const rest = domains.filter((domain) => !shown.includes(domain));
  const lines = [wrapText(`${where} of the training tokens${how}:`), '', table];
  if (rest.length > 0) lines.push(describeRest(rest, rest.filter(isOff).length));
  return [...lines, ...remarks.map((remark) => wrapText(`note: ${inFlags(remark)}`))].join('\n');
}

/** A phase without a name of its own is called phase-1. */
function phaseLabel(name: string): string {
  return /^phase-\d+$/.test(name) ? name.replace('phase-', 'Phase ') : `Phase ${name}`;
}

function describeRest(rest: readonly ExportedDomain[], off: number): string {
  const share = formatPercent(rest.reduce((sum, { weight }) => sum + weight, 0));
  const verdict = off === 0 ? '' : `, ${off} of them off target: --json lists all`;
  return `and ${countOf(rest.length, 'more domain')} with ${share} together${verdict}`;
}

function formatRealised({ realised, standardError }: ExportedDomain): string {
  if (realised === null) return '–';
  const scatter = standardError === null ? '' : ` ± ${formatPercent(standardError).replace(' %', '')}`;
  return formatPercent(realised).replace(' %', `${scatter} %`);
}

function formatDeviation({ weight, realised }: ExportedDomain): string {
  const percent = 100 * ((realised ?? 0) / weight - 1);
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(0)} %`;
}

function formatEpochs(epochs: number | null): string {
  return epochs === null ? '–' : epochs.toFixed(2);
}
