// The value that a fit of the additive or the joint law minimises, with its gradient.
//   Σ_r w_r Huber_δ(ln L_r − ln y_r) / δ, or of L_r − y_r; then + pull ((ln α − ln α₀)² + (ln β − ln β₀)²)
// Rows share mixtures, sizes and tokens: each term is computed once per distinct value and its slope summed over the
// rows, so that 1,300 rows of 60 mixtures cost little more than 60.
import type { Objective } from '#libs/minimise';
import { huber, huberSlope } from '#libs/minimise';
import {
  addFactorGradient,
  addMixtureGradient,
  logWeights,
  mixtureTerm,
  type ScaleLawLayout,
  scaleFactor,
} from './scale-law-model.js';
import type { ScaleRows } from './scale-rows.js';

export interface ScaleObjectiveSettings {
  readonly delta: number;
  readonly residual: 'log' | 'raw';
  /** ln α₀ and ln β₀ with the pull towards each. */
  readonly prior: { readonly logAlpha: number; readonly logBeta: number; readonly pull: number };
  /** Times each row counts (bootstrap); all 1 when left out. */
  readonly counts?: ArrayLike<number>;
  readonly logSizeReference: number;
  readonly logTokenReference: number;
}

function distinct(values: ArrayLike<number>): { values: Float64Array; of: Int32Array } {
  const seen = new Map<number, number>();
  const of = Int32Array.from(values, (value) => {
    const known = seen.get(value) ?? seen.size;
    seen.set(value, known);
    return known;
  });
  return { values: Float64Array.from(seen.keys()), of };
}

export function scaleLawObjective(
  layout: ScaleLawLayout,
  rows: ScaleRows,
  settings: ScaleObjectiveSettings,
): Objective {
  const { delta, prior, counts } = settings;
  const inLogs = settings.residual === 'log';
  const n = rows.losses.length;
  const u = rows.mixtures.length;
  const m = layout.domains;
  const logs = logWeights(rows.mixtures, m);
  const sizes = distinct(rows.sizes);
  const tokens = distinct(rows.tokens);
  const logN = sizes.values.map((size) => Math.log(size) - settings.logSizeReference);
  const logD = tokens.values.map((count) => Math.log(count) - settings.logTokenReference);
  const observed = Float64Array.from(rows.losses, (loss) => (inLogs ? Math.log(loss) : loss));
  const used = new Uint8Array(u);
  for (let r = 0; r < n; r++) if (!counts || counts[r]! > 0) used[rows.mixtureOf[r]!] = 1;
  const [term, a, b] = [new Float64Array(u), new Float64Array(u), new Float64Array(u)];
  const [termSlope, aSlope, bSlope] = [new Float64Array(u), new Float64Array(u), new Float64Array(u)];
  const [sizePower, tokenPower] = [new Float64Array(logN.length), new Float64Array(logD.length)];

  return (theta, gradient) => {
    gradient.fill(0);
    const alpha = Math.exp(theta[layout.logAlpha]!);
    const beta = Math.exp(theta[layout.logBeta]!);
    for (let s = 0; s < logN.length; s++) sizePower[s] = Math.exp(-alpha * logN[s]!);
    for (let t = 0; t < logD.length; t++) tokenPower[t] = Math.exp(-beta * logD[t]!);
    for (let k = 0; k < u; k++) {
      if (used[k] === 0) continue;
      term[k] = mixtureTerm(layout, theta, logs, k * m);
      a[k] = scaleFactor(layout, theta, rows.mixtures[k]!, layout.size);
      b[k] = scaleFactor(layout, theta, rows.mixtures[k]!, layout.data);
    }
    termSlope.fill(0);
    aSlope.fill(0);
    bSlope.fill(0);
    let value = 0;
    let [alphaSlope, betaSlope, floorSlope] = [0, 0, 0];
    for (let r = 0; r < n; r++) {
      const count = counts ? counts[r]! : 1;
      if (count === 0) continue;
      const k = rows.mixtureOf[r]!;
      const s = sizes.of[r]!;
      const t = tokens.of[r]!;
      const bySize = a[k]! * sizePower[s]!;
      const byData = b[k]! * tokenPower[t]!;
      const predicted = theta[0]! + term[k]! + bySize + byData;
      const error = (inLogs ? Math.log(predicted) : predicted) - observed[r]!;
      value += (count * huber(error, delta)) / delta;
      const slope = ((count * huberSlope(error, delta)) / delta) * (inLogs ? 1 / predicted : 1);
      floorSlope += slope;
      termSlope[k]! += slope;
      aSlope[k]! += slope * sizePower[s]!;
      bSlope[k]! += slope * tokenPower[t]!;
      alphaSlope -= slope * bySize * logN[s]!;
      betaSlope -= slope * byData * logD[t]!;
    }
    for (let k = 0; k < u; k++) {
      if (used[k] === 0) continue;
      addMixtureGradient(layout, theta, logs, k * m, term[k]!, termSlope[k]!, gradient);
      addFactorGradient(layout, theta, rows.mixtures[k]!, layout.size, a[k]!, aSlope[k]!, gradient);
      addFactorGradient(layout, theta, rows.mixtures[k]!, layout.data, b[k]!, bSlope[k]!, gradient);
    }
    gradient[0]! += floorSlope;
    const fromAlpha = theta[layout.logAlpha]! - prior.logAlpha;
    const fromBeta = theta[layout.logBeta]! - prior.logBeta;
    gradient[layout.logAlpha]! += alphaSlope * alpha + 2 * prior.pull * fromAlpha;
    gradient[layout.logBeta]! += betaSlope * beta + 2 * prior.pull * fromBeta;
    return value + prior.pull * (fromAlpha * fromAlpha + fromBeta * fromBeta);
  };
}
