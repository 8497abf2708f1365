import type { FittedTargets, Mixtures } from '#libs/surrogates';
import { evaluateObjective, type Objective } from './objective.js';

/** Predictions of every fitted target and of the objective, with honest stand-ins where a fit found no signal. */
export class PredictedObjective {
  private readonly means: Record<string, number> = {};

  constructor(
    private readonly fits: FittedTargets,
    private readonly objective: Objective,
    losses: Readonly<Record<string, ArrayLike<number | null>>>,
  ) {
    for (const [target, fit] of Object.entries(fits)) {
      this.means[target] = fit.rowsUsed.reduce((sum, r) => sum + losses[target]![r]!, 0) / fit.rowsUsed.length;
    }
  }

  /** Whether any target of the objective carries signal: without one there is nothing to optimise. */
  get hasSignal(): boolean {
    return Object.keys(this.objective.targets).some((target) => this.fits[target]!.diagnostics.signal.present);
  }

  /** Loss of one target per mixture; its observed mean where the fit has no signal. */
  target(target: string, mixtures: Mixtures): Float64Array {
    const { surrogate, diagnostics } = this.fits[target]!;
    return diagnostics.signal.present
      ? surrogate.predict(mixtures)
      : new Float64Array(mixtures.length).fill(this.means[target]!);
  }

  /** The objective per mixture. */
  combined(mixtures: Mixtures): Float64Array {
    const names = Object.keys(this.objective.targets);
    const losses = Object.fromEntries(names.map((target) => [target, this.target(target, mixtures)]));
    return evaluateObjective(this.objective, losses);
  }

  /** Root mean squared out-of-fold error of the objective over the rows with every target; null if there is none. */
  outOfFoldRmse(observed: Float64Array): number | null {
    const outOfFold: Record<string, Float64Array> = {};
    for (const target of Object.keys(this.objective.targets)) {
      const fit = this.fits[target]!;
      const values = new Float64Array(observed.length).fill(this.means[target]!);
      if (fit.diagnostics.signal.present) for (const [k, r] of fit.rowsUsed.entries()) values[r] = fit.outOfFold[k]!;
      outOfFold[target] = values;
    }
    const predicted = evaluateObjective(this.objective, outOfFold);
    let squared = 0;
    let rows = 0;
    observed.forEach((value, r) => {
      if (!Number.isFinite(value)) return;
      squared += (predicted[r]! - value) ** 2;
      rows += 1;
    });
    return rows > 0 ? Math.sqrt(squared / rows) : null;
  }
}
