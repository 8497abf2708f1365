// Whole passes over the rows of each source, and of the last one a part: Megatron-Bridge's blend for fine-tuning.
import type { Draws, SimulationInput } from './draws.js';
import { sourceName } from './source-name.js';

/**
 * Source i gives ⌊a_i⌋ times all of its d_i rows and then d_i (a_i − ⌊a_i⌋) of them, rounded to the nearest row and to
 * even at a half, without replacement. `blend_sft_rows`, NVIDIA-NeMo/Megatron-Bridge,
 * src/megatron/bridge/data/sources/hf.py, 5412c23. Where rows are not known, tokens stand for them.
 * @param amounts m passes
 */
export function rowPasses({ amounts, stock }: Pick<SimulationInput, 'amounts' | 'stock'>): Draws {
  const passes = amounts.map((amount) => amount ?? 0);
  const rule = { sampler: 'row passes', standardErrors: null };
  if (stock.some(({ documents }) => documents === undefined)) {
    const tokens = stock.map((source) => source.tokens);
    const counts = passes.map((pass, i) => pass * (tokens[i] ?? 0));
    if (!tokens.includes(undefined)) return { ...rule, counted: 'sequences', counts, remarks: [] };
    const remarks = ['what the passes come to cannot be told: the rows of some sources are not known'];
    return { ...rule, counted: 'documents', counts: passes.map(() => 0), remarks };
  }
  const counts = passes.map((pass, i) => {
    const rows = stock[i]!.documents!;
    const whole = Math.floor(pass);
    return whole * rows + roundToEven(rows * (pass - whole));
  });
  const remarks = counts.flatMap((count, i) =>
    count === 0 && passes[i]! > 0
      ? [`${sourceName(stock, i)} gives no row: its ${passes[i]} of a pass is less than half a row`]
      : [],
  );
  return { ...rule, counted: 'documents', counts, remarks };
}

/** round() of Python. */
function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest > 0.5 ? below + 1 : below;
  return below % 2 === 0 ? below : below + 1;
}
