// What each domain's weight tells about the target, out of fold.
//   hidden    the domain's weight is replaced by its mean over the rows, the others scaled to fill the rest; the rise of
//             the out-of-fold RMSE is what knowing that weight is worth
//   left out  the domain is dropped (weight 0, the others scaled up); the mean change of the predicted loss is what the
//             fit expects of leaving it out. Negative: the target would be better off without it.
import type { Folds } from '../folds.js';
import type { Mixtures } from '../surrogate.js';

export interface DomainImportance {
  /** Position of the domain. */
  readonly domain: number;
  /** Rise of the out-of-fold RMSE when its weight is hidden, in the target's unit. */
  readonly rmseRise: number;
  /** Mean change of the predicted loss when it is left out; null where it makes up every row. */
  readonly lossChange: number | null;
}

/** More rows than this say no more about importance and cost time. */
const MAX_ROWS = 1000;

/** @param predict predictions of rows by the fit that has not seen `fold` */
export function domainImportance(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  outOfFold: ArrayLike<number>,
  folds: Folds,
  predict: (fold: number, rows: Float64Array[]) => Float64Array,
): DomainImportance[] {
  const step = Math.max(1, Math.ceil(mixtures.length / MAX_ROWS));
  const rows = Array.from({ length: Math.ceil(mixtures.length / step) }, (_, k) => k * step);
  const m = mixtures[0]!.length;
  const means = Array.from({ length: m }, (_, i) => rows.reduce((sum, r) => sum + mixtures[r]![i]!, 0) / rows.length);
  const base = Math.sqrt(rows.reduce((sum, r) => sum + square(outOfFold[r]! - losses[r]!), 0) / rows.length);
  const squared = new Float64Array(m);
  const change = new Float64Array(m);
  const counted = new Float64Array(m);
  for (let fold = 0; fold < folds.count; fold++) {
    const held = rows.filter((r) => folds.foldOf[r] === fold);
    const [hidden, without]: [Float64Array[], Float64Array[]] = [[], []];
    for (const r of held) {
      for (let i = 0; i < m; i++) {
        hidden.push(withWeight(mixtures[r]!, i, means[i]!));
        without.push(withWeight(mixtures[r]!, i, 0));
      }
    }
    const [seen, dropped] = [predict(fold, hidden), predict(fold, without)];
    held.forEach((r, k) => {
      for (let i = 0; i < m; i++) {
        squared[i] = squared[i]! + square(seen[k * m + i]! - losses[r]!);
        if (mixtures[r]![i]! >= 1) continue;
        change[i] = change[i]! + dropped[k * m + i]! - outOfFold[r]!;
        counted[i] = counted[i]! + 1;
      }
    });
  }
  return Array.from(squared, (sum, domain) => ({
    domain,
    rmseRise: Math.sqrt(sum / rows.length) - base,
    lossChange: counted[domain]! > 0 ? change[domain]! / counted[domain]! : null,
  }));
}

function square(x: number): number {
  return x * x;
}

/** The row with domain i at `weight` and the others scaled to fill the rest; unchanged where there are no others. */
function withWeight(row: ArrayLike<number>, i: number, weight: number): Float64Array {
  const out = Float64Array.from(row);
  const rest = 1 - row[i]!;
  if (rest <= 0) return out;
  for (let j = 0; j < out.length; j++) out[j] = j === i ? weight : (out[j]! * (1 - weight)) / rest;
  return out;
}
