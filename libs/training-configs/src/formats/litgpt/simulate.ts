import type { OptionValues } from '../../export/options.js';
import type { Draws, SimulationInput } from '../../samplers/draws.js';
import { lockstepDraw } from '../../samplers/lockstep-draw.js';
import { sourceName } from '../../samplers/source-name.js';

/** Every worker of every device has a generator with the same seed. */
export function drawLitGpt(input: SimulationInput, options: OptionValues): Draws {
  const { settings } = input;
  const workers = typeof settings.num_workers === 'number' ? Math.max(1, settings.num_workers) : 1;
  const draws = lockstepDraw(input, options.number('devices')! * workers, 'data loader workers');
  return { ...draws, remarks: [...draws.remarks, ...passRemarks(input)] };
}

/** A pass ends with the first folder that is used up, after t_i / p_i tokens of the run for one of t_i tokens. */
function passRemarks({ amounts, stock, targetTokens }: SimulationInput): string[] {
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const lengths = amounts.map((amount, i) => {
    const tokens = stock[i]?.tokens;
    return amount && tokens ? (tokens * total) / amount : Number.POSITIVE_INFINITY;
  });
  const pass = Math.min(...lengths);
  if (targetTokens === undefined || !(targetTokens > pass)) return [];
  const first = sourceName(stock, lengths.indexOf(pass));
  const passes = Number((targetTokens / pass).toPrecision(3));
  return [
    `A pass over the folders ends when ${first} is used up, so the run has ${passes} of them. Each begins every folder ` +
      'anew, in another order: of the larger ones, parts are read again before all of it was read.',
  ];
}
