// Probabilities as numpy takes them: Generator.choice(n, p=…), numpy/random/_generator.pyx. It does not divide by the sum.
import type { Finding } from './reading.js';

/** √ε of float64: what the sum may be off. */
const NUMPY_TOLERANCE = Math.sqrt(Number.EPSILON);
const EXACT = 1e-9;

/**
 * What numpy, and the loop that draws until sources are used up, make of the probabilities.
 * @param p null for what is no number, which was told already
 * @param ends which sources must be used up before a pass over the mixture ends
 * @param endless what happens if it never does
 */
export function checkProbabilities(
  p: readonly (number | null)[],
  where: string,
  ends: 'one' | 'all',
  endless: { readonly level: Finding['level']; readonly message: string },
  findings: Finding[],
): void {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  if (p.includes(null)) return;
  const values = p as readonly number[];
  if (values.some((value) => !Number.isFinite(value))) return void say('error', 'holds a value that is not finite');
  const below = values.find((value) => value < 0);
  if (below !== undefined) return void say('error', `holds ${below}, and numpy refuses what is below 0`);
  const sum = kahanSum(values);
  const off = Math.abs(sum - 1);
  if (off > NUMPY_TOLERANCE) {
    say('error', `sums to ${sum}, and numpy refuses what is off 1 by more than 1.5e-8: write more decimals`);
  } else if (off > EXACT) {
    say('note', `sums to ${sum}; numpy still takes that`);
  }
  if (!values.includes(0)) return;
  if (ends === 'all') say(endless.level, `holds 0: ${endless.message}`);
  else say('warning', 'holds 0: that source is loaded and never drawn');
}

function kahanSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = value - lost;
    const total = sum + next;
    lost = total - sum - next;
    sum = total;
  }
  return sum;
}
