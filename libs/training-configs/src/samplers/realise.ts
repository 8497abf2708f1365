// What a run will actually get: the trainer's own sampler on the weights as they stand in the file.
import { createRandom } from '#libs/simplex';
import type { OptionValues } from '../export/options.js';
import type { TrainingConfigFormat } from '../format.js';
import type { FileReading, PhaseReading } from '../reading/reading.js';
import type { SourceStock } from './draws.js';

/** Chosen once: the preview of one file is the same on every machine. */
const SEED = 42;

export interface Realised {
  readonly sampler: string;
  readonly draws: number;
  readonly counted: 'sequences' | 'documents';
  /** Share of the tokens that each source got, in the order of the file; null where documents have no known length. */
  readonly shares: readonly number[] | null;
  /** Of the shares, over such draws; null for a deterministic sampler or unknown shares. */
  readonly standardErrors: readonly number[] | null;
  readonly remarks: readonly string[];
}

/**
 * Simulates one phase of a parsed file. Null where the file gives its sources no weights.
 * @param stock what is known of the phase's sources, in their order
 * @param tokens length of the phase in tokens, where known
 */
export function realise(
  format: TrainingConfigFormat,
  reading: FileReading,
  phase: PhaseReading,
  stock: readonly SourceStock[],
  tokens: number | undefined,
  options: OptionValues,
): Realised | null {
  const amounts = phase.sources.map(({ amount }) => amount);
  if (amounts.length === 0 || amounts.some((amount) => amount === null)) return null;
  if (!amounts.some((amount) => amount! > 0)) return null;
  const { sampler, counted, counts, standardErrors, remarks } = format.simulate(
    {
      amounts,
      stock,
      draws: options.number('draws')!,
      sequenceLength: options.number('sequenceLength'),
      targetTokens: tokens,
      settings: reading.settings,
      random: createRandom(SEED),
    },
    options,
  );
  const drawn = counts.reduce((sum, count) => sum + count, 0);
  const lengths = counted === 'sequences' ? counts.map(() => 1) : stock.map(meanLength);
  const known = drawn > 0 && lengths.every((length, i) => length !== null || counts[i] === 0);
  const taken = counts.map((count, i) => (count === 0 ? 0 : count * lengths[i]!));
  const total = taken.reduce((sum, value) => sum + value, 0);
  return {
    sampler,
    draws: drawn,
    counted,
    shares: known ? taken.map((value) => value / total) : null,
    // To first order the error of a share of tokens is that of the share of draws, times the mean length of its own.
    standardErrors:
      known && standardErrors ? standardErrors.map((error, i) => ((lengths[i] ?? 0) * error * drawn) / total) : null,
    remarks,
  };
}

function meanLength({ tokens, documents }: SourceStock): number | null {
  return tokens !== undefined && documents !== undefined && documents > 0 ? tokens / documents : null;
}
