import { InvalidInputError } from '#libs/simplex';
import type { PlannedPhase } from '../format.js';
import { shortNumber } from './header.js';

/** From here on a reader should be told how often a domain is repeated: gains fade after about four epochs. */
const MANY_EPOCHS = 4;
/** How many domains a warning names. */
const NAMED = 10;

/**
 * Passes over each domain in the whole run, phases added up; empty unless tokens and the run's length are known.
 * Trainers repeat a source as often as the weights ask and say nothing about it.
 */
export function epochsOfRun(phases: readonly PlannedPhase[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const { entries } of phases) {
    for (const { domain, epochs } of entries) {
      if (epochs !== undefined) total.set(domain, (total.get(domain) ?? 0) + epochs);
    }
  }
  return total;
}

/** Warns of many passes, in one sentence; throws InvalidInputError REPETITION_ABOVE_CAP where the cap is exceeded. */
export function checkRepetition(phases: readonly PlannedPhase[], cap: number | undefined): string[] {
  const repeated = [...epochsOfRun(phases)].sort(([, a], [, b]) => b - a);
  const above = cap === undefined ? [] : repeated.filter(([, epochs]) => epochs > cap * (1 + 1e-6));
  if (above.length > 0) {
    const [[domain, epochs]] = above as [[string, number]];
    const others = above.length > 1 ? ` (and ${above.length - 1} more with it)` : '';
    throw new InvalidInputError(
      'REPETITION_ABOVE_CAP',
      `"${domain}"${others} would be repeated for ${shortNumber(epochs)} epochs, above the cap of ` +
        `${shortNumber(cap!)}: shorten the run (targetTokens), propose again for this length, or raise maxEpochs`,
      { argument: 'maxEpochs', value: epochs, allowed: `(0, ${cap}]`, domains: above.map(([name]) => name) },
    );
  }
  const many = repeated.filter(([, epochs]) => epochs > MANY_EPOCHS);
  if (many.length === 0) return [];
  const named = many.slice(0, NAMED).map(([domain, epochs]) => `"${domain}" ${shortNumber(epochs)}`);
  const rest = many.length > NAMED ? `, and ${many.length - NAMED} more` : '';
  return [`repeated for more than ${MANY_EPOCHS} epochs: ${named.join(', ')}${rest}`];
}
