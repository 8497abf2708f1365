// Random draws of which several readers make the same ones: each device, or each worker of a data loader, has its own
// generator with one and the same seed, so all of them take the same source at the same time.
import type { Draws, SimulationInput } from './draws.js';
import { randomDraw } from './random-draw.js';

/**
 * As `randomDraw`, with `readers` sequences at every draw. Of n sequences only n / readers are chosen independently: the
 * standard error of a share is √(p (1 − p) readers / n).
 * @param readers how many draw alike: devices, times the workers of each
 * @param who what to call them in the remark, e.g. "devices"
 */
export function lockstepDraw(
  { amounts, draws, random }: Pick<SimulationInput, 'amounts' | 'draws' | 'random'>,
  readers: number,
  who: string,
): Draws {
  const choices = Math.max(1, Math.round(draws / readers));
  const { counts, standardErrors } = randomDraw({ amounts, draws: choices, random }, 'sequences');
  return {
    sampler: readers === 1 ? 'random draw' : 'random draw, alike for all readers',
    counted: 'sequences',
    counts: counts.map((count) => count * readers),
    standardErrors,
    remarks:
      readers === 1
        ? []
        : [
            `${readers} ${who} draw with the same seed, so they take the same source at the same time: the shares ` +
              `scatter as if there were ${choices} draws and not ${choices * readers}`,
          ],
  };
}
