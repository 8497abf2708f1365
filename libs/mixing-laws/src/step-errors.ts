import { createRandom, type Random } from '#libs/simplex';
import { BOOTSTRAP_STREAM, drawPrior, spreadOf } from './bootstrap.js';
import { lossesAtTokens, MINIMUM_STEPS, STEP_EXPONENT, type TargetRows } from './nested-law.js';
import { fitPowerLaw } from './power-law.js';

/**
 * Standard deviation of each run's loss at D (by "size mixture target") over step laws with priors drawn anew and the
 * residuals' signs flipped in blocks of three checkpoints, so that what is correlated stays so. 0 where D was measured.
 */
export function stepErrors(rows: TargetRows, tokens: number, count: number, seed = 42): Map<string, number> {
  const random = createRandom(seed, BOOTSTRAP_STREAM + 2);
  const replicates = Array.from({ length: count }, () =>
    lossesAtTokens(shakeSteps(rows, random), tokens, {
      prior: { exponent: drawPrior(random, STEP_EXPONENT), weight: 1e-3 },
    }).losses.map(({ loss }) => loss),
  );
  const spread = spreadOf(replicates);
  const measured = new Set<string>();
  for (let r = 0; r < rows.losses.length; r++) {
    const there = Math.abs(rows.tokens[r]! - tokens) <= 1e-9 * tokens;
    if (there) measured.add(`${rows.sizes[r]} ${rows.mixtureOf[r]} ${rows.targetOf[r]}`);
  }
  return new Map(
    lossesAtTokens(rows, tokens).losses.map(({ size, mixture, target }, i) => {
      const key = `${size} ${mixture} ${target}`;
      return [key, measured.has(key) ? 0 : (spread[i] ?? 0)];
    }),
  );
}

const BLOCK = 3;

/** Losses on their fitted curves plus the residuals, whose signs are drawn per block of checkpoints. */
function shakeSteps(rows: TargetRows, random: Random): TargetRows {
  const losses = Float64Array.from(rows.losses);
  const runs = new Map<string, number[]>();
  for (let r = 0; r < losses.length; r++) {
    const key = `${rows.sizes[r]} ${rows.mixtureOf[r]} ${rows.targetOf[r]}`;
    const list = runs.get(key);
    if (list) list.push(r);
    else runs.set(key, [r]);
  }
  for (const list of runs.values()) {
    if (new Set(list.map((r) => rows.tokens[r]!)).size < MINIMUM_STEPS) continue;
    list.sort((a, b) => rows.tokens[a]! - rows.tokens[b]!);
    const law = fitPowerLaw(
      {
        scales: list.map((r) => rows.tokens[r]!),
        curves: list.map(() => 0),
        losses: list.map((r) => rows.losses[r]!),
      },
      { exponents: [STEP_EXPONENT, STEP_EXPONENT] },
    );
    let sign = 1;
    list.forEach((r, i) => {
      if (i % BLOCK === 0) sign = random.uniform() < 0.5 ? -1 : 1;
      const fitted = law.predict(0, rows.tokens[r]!);
      losses[r] = fitted + sign * (rows.losses[r]! - fitted);
    });
  }
  return { ...rows, losses };
}
