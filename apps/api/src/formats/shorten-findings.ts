import { configLimits } from '#libs/contracts';
import type { CheckReport } from '#libs/training-configs';

const severity = { error: 0, warning: 1, note: 2 };

/** A file of a million bad lines has a million faults; whoever reads the report is helped by the worst of them. */
export function shortenFindings(report: CheckReport): CheckReport {
  const { findings, path } = report;
  if (findings.length <= configLimits.findings) return report;
  const worstFirst = [...findings].sort((a, b) => severity[a.level] - severity[b.level]);
  const shown = worstFirst.slice(0, configLimits.findings - 1);
  const message = `${findings.length - shown.length} further findings are not shown`;
  return { ...report, findings: [...shown, { level: 'note', where: path, message }] };
}
