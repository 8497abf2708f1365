// Rows of weights as people write them: shares, or percentages throughout, with the rounding of three decimals.
import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import { listSome } from './wording.js';

/** How far from 100 the sums of percentages may lie: the rounding that is allowed to shares. */
const PERCENT_TOLERANCE = 0.5;

export interface RawRow {
  /** How messages name the row, after the label: "index 7", "line 3". */
  readonly place: string;
  /** m finite weights as written. */
  readonly values: readonly number[];
}

export interface NormalisedRows {
  /** As many rows as given, each summing to 1. */
  readonly mixtures: number[][];
  readonly renormalised: number;
  readonly notes: readonly string[];
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * Divides every row by its sum. Sums within 0.005 of 1 pass; percentages pass when every row sums to 100 within 0.5.
 * Both are said in the notes. Throws what `normaliseWeights` throws, naming label and row.
 */
export function normaliseRows(label: string, domains: readonly string[], rows: readonly RawRow[]): NormalisedRows {
  const percentages =
    rows.length > 0 && rows.every(({ values }) => Math.abs(sumOf(values) - 100) <= PERCENT_TOLERANCE + 1e-9);
  const notes: string[] = [];
  if (percentages) notes.push(`${label}: every row sums to about 100, so the weights were read as percentages`);
  let [renormalised, least, most] = [0, Infinity, -Infinity];
  const mixtures = rows.map(({ place, values }) => {
    try {
      const read = normaliseWeights(domains, percentages ? values.map((value) => value / 100) : values);
      if (read.renormalised) {
        renormalised += 1;
        const sum = percentages ? read.sum * 100 : read.sum;
        least = Math.min(least, sum);
        most = Math.max(most, sum);
      }
      return read.weights;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // A sum that is off is often a column, such as a seed, that is no domain.
      const taken = error.code === 'WEIGHTS_SUM' ? ` (columns taken as domains: ${listSome(domains)})` : '';
      const some = error.code === 'WEIGHTS_PERCENT' ? ' (percentages are read as such when every row holds them)' : '';
      const located = new InvalidInputError(error.code, `${label}: ${place}: ${error.message}${taken}${some}`, {
        ...error.details,
        argument: label,
        row: place,
      });
      located.cause = error;
      throw located;
    }
  });
  if (renormalised > 0) {
    const [from, to] = [least, most].map((sum) => Number(sum.toFixed(percentages ? 3 : 5)));
    const range = from === to ? `${from}` : `${from} to ${to}`;
    notes.push(`${label}: weights of ${renormalised} of ${rows.length} rows summed to ${range} and were renormalised`);
  }
  return { mixtures, renormalised, notes };
}
