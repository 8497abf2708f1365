import type { DomainImportance } from './diagnostics/importance.js';
import type { JudgedRow } from './diagnostics/suspect-rows.js';
import type { FitDiagnostics } from './fit-diagnostics.js';

type RunId = string | number;

/** Diagnostics for whoever does not hold the rows: runs and domains by name. */
export interface NamedDiagnostics extends Omit<FitDiagnostics, 'importance' | 'worstPredicted' | 'outliers'> {
  readonly importance: readonly (Omit<DomainImportance, 'domain'> & { readonly domain: string })[];
  readonly worstPredicted: readonly (Omit<JudgedRow, 'row'> & { readonly run: RunId })[];
  readonly outliers: readonly RunId[];
}

/**
 * @param domains m names, in the order of the weights
 * @param runs n names, in the order of the mixtures
 */
export function nameDiagnostics(
  { importance, worstPredicted, outliers, ...diagnostics }: FitDiagnostics,
  domains: readonly string[],
  runs: readonly RunId[],
): NamedDiagnostics {
  return {
    ...diagnostics,
    importance: importance.map(({ domain, ...value }) => ({ domain: domains[domain]!, ...value })),
    worstPredicted: worstPredicted.map(({ row, ...value }) => ({ run: runs[row]!, ...value })),
    outliers: outliers.map((row) => runs[row]!),
  };
}
