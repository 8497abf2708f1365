import {
  type FidelityPair,
  overallSignal,
  type ScaleSignal,
  signalAcrossSizes,
  takeTargetRows,
} from '#libs/mixing-laws';
import type { LawTable } from './law-table.js';

/** Where most runs ended: a single longer run must not decide. */
export function usualLength({ rows }: LawTable): number {
  const ends = new Map<string, number>();
  for (let r = 0; r < rows.losses.length; r++) {
    const key = `${rows.sizes[r]} ${rows.mixtureOf[r]}`;
    ends.set(key, Math.max(ends.get(key) ?? 0, rows.tokens[r]!));
  }
  const sorted = [...ends.values()].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

export function largestSize({ rows }: LawTable): number {
  let most = 0;
  for (let r = 0; r < rows.losses.length; r++) most = Math.max(most, rows.sizes[r]!);
  return most;
}

/** The share of a run before which losses are left out: warm-up follows no power law. */
const EARLY_SHARE = 0.25;

export function withoutEarly(table: LawTable, least: number): { table: LawTable; dropped: number } {
  const { rows } = table;
  const kept = Array.from({ length: rows.losses.length }, (_, r) => r).filter(
    (r) => rows.tokens[r]! >= least * (1 - 1e-9),
  );
  const dropped = rows.losses.length - kept.length;
  return { table: dropped === 0 ? table : { ...table, rows: takeTargetRows(rows, kept) }, dropped };
}

export function defaultLeastTokens(table: LawTable): number {
  return table.tokensKnown ? EARLY_SHARE * usualLength(table) : 0;
}

export interface MeasuredSignal extends ScaleSignal {
  readonly pairs: readonly FidelityPair[];
}

/** Signal across the sizes of the table for one objective, at the training length most sizes share. */
export function measureSignal(table: LawTable, weights: ArrayLike<number>): MeasuredSignal {
  if (!table.sizesKnown) {
    return { ...overallSignal([]), reason: 'the sizes of the runs are not known', pairs: [] };
  }
  const pairs = signalAcrossSizes(table.rows, sharedLength(table), weights);
  return { ...overallSignal(pairs), pairs };
}

/** The largest token count that every size's usual run reached: no curve is continued to compare them. */
function sharedLength({ rows }: LawTable): number {
  const ends = new Map<number, Map<number, number>>();
  for (let r = 0; r < rows.losses.length; r++) {
    const runs = ends.get(rows.sizes[r]!) ?? new Map<number, number>();
    runs.set(rows.mixtureOf[r]!, Math.max(runs.get(rows.mixtureOf[r]!) ?? 0, rows.tokens[r]!));
    ends.set(rows.sizes[r]!, runs);
  }
  const usual = [...ends.values()].map((runs) => {
    const sorted = [...runs.values()].sort((a, b) => a - b);
    return sorted[sorted.length >> 1]!;
  });
  return Math.min(...usual);
}
