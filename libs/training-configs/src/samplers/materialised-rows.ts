// Trainers that make their rows before training: so many of each source, then one data set of all of them, shuffled.
import type { Draws, SimulationInput, SourceStock } from './draws.js';
import { sourceName } from './source-name.js';

export interface RowRule {
  readonly sampler: string;
  /** Rows that are taken of a source of `documents` rows. */
  rows(amount: number, documents: number): number;
}

/**
 * The rows of each source. Where documents are not known the rows are not either: then, if tokens are, the draws are
 * shared out by the tokens that the amounts stand for.
 * @param amounts passes over each source, or the part of it that is kept
 */
export function materialisedRows(input: SimulationInput, { sampler, rows }: RowRule): Draws {
  const { amounts, stock, draws } = input;
  if (stock.every(({ documents }) => documents !== undefined)) {
    const counts = amounts.map((amount, i) => rows(amount ?? 0, stock[i]!.documents!));
    const empty = counts.flatMap((count, i) => (count === 0 && (amounts[i] ?? 0) > 0 ? [sourceName(stock, i)] : []));
    const remarks = empty.length > 0 ? [`no row is taken of ${empty.join(', ')}: less than one is asked for`] : [];
    const passes = passesNeeded(counts, input);
    // Where amounts are passes, one pass over the rows is the run, and not worth a word.
    if (passes !== null && Math.abs(passes - 1) > 1e-3) {
      const total = counts.reduce((sum, count) => sum + count, 0);
      remarks.push(`the mixture has ${total} rows, and the run is ${readable(passes)} passes over them`);
    }
    return { sampler, counted: 'documents', counts, standardErrors: null, remarks };
  }
  const tokens = amounts.map((amount, i) => (amount ?? 0) * (stock[i]!.tokens ?? Number.NaN));
  const known = !tokens.some(Number.isNaN);
  const counts = sharedOut(known ? tokens : amounts.map((amount) => amount ?? 0), draws);
  return { sampler, counted: known ? 'sequences' : 'documents', counts, standardErrors: null, remarks: [] };
}

/** How often the run's tokens pass the rows; null unless that is known. */
export function passesNeeded(counts: readonly number[], { stock, targetTokens }: SimulationInput): number | null {
  const tokens = tokensOf(counts, stock);
  return targetTokens === undefined || tokens === null || tokens === 0 ? null : targetTokens / tokens;
}

function tokensOf(counts: readonly number[], stock: readonly SourceStock[]): number | null {
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    const { tokens, documents } = stock[i]!;
    if (tokens === undefined || !documents) return null;
    sum += count * (tokens / documents);
  }
  return sum;
}

/** Whole numbers in the proportion of the weights. */
export function sharedOut(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => Math.round((weight / sum) * total));
}

export function readable(value: number): string {
  return String(Number(value.toPrecision(4)));
}
