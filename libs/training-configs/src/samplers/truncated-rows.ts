// TRL's fractions: as many rows of each source as the shares ask for, and no more than the scarcest source allows.
// huggingface/trl 1.13.0, trl/scripts/utils.py get_dataset.
import type { Draws, SimulationInput } from './draws.js';
import { passesNeeded, readable, sharedOut } from './materialised-rows.js';
import { sourceName } from './source-name.js';

/** round() of Python: halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/**
 * Rows kept of each source: round(w_i N), where N = min d_i / w_i over the sources with w_i > 0.
 * @param fractions of any positive sum; w_i is f_i / Σ f
 * @param documents d_i, rows of each source
 */
export function truncatedRows(fractions: readonly number[], documents: readonly number[]): number[] {
  const sum = fractions.reduce((all, fraction) => all + fraction, 0);
  const weights = fractions.map((fraction) => fraction / sum);
  const total = Math.min(...weights.flatMap((weight, i) => (weight > 0 ? [documents[i]! / weight] : [])));
  return weights.map((weight) => roundHalfEven(weight * total));
}

export function truncation(input: SimulationInput): Draws {
  const { stock, draws } = input;
  const fractions = input.amounts.map((amount) => amount ?? 0);
  const documents = stock.map((source) => source.documents ?? Number.NaN);
  const sampler = 'the first rows of each source';
  if (documents.some(Number.isNaN)) {
    const counts = sharedOut(fractions, draws);
    return { sampler, counted: 'documents', counts, standardErrors: null, remarks: [] };
  }
  const counts = truncatedRows(fractions, documents);
  const all = documents.reduce((sum, count) => sum + count, 0);
  const kept = counts.reduce((sum, count) => sum + count, 0);
  const used = fractions.map((_, i) => i).filter((i) => fractions[i]! > 0);
  const scarcest = used.reduce((best, i) => (counts[i]! / documents[i]! > counts[best]! / documents[best]! ? i : best));
  const remarks: string[] = [];
  if (kept < all) {
    remarks.push(
      `${kept} of ${all} rows are trained on: ${sourceName(stock, scarcest)} is used up, and of the others ` +
        `${readable((100 * (all - kept)) / (all - documents[scarcest]!))} % are left out, always the last rows`,
    );
  }
  const empty = used.filter((i) => counts[i] === 0).map((i) => sourceName(stock, i));
  if (empty.length > 0) remarks.push(`no row is left of ${empty.join(', ')}: less than half of one is asked for`);
  const passes = passesNeeded(counts, input);
  if (passes !== null) remarks.push(`the run is ${readable(passes)} passes over these rows`);
  return { sampler, counted: 'documents', counts, standardErrors: null, remarks };
}
