// The scale on which the process is fitted: y = (t - shift) / scale with t the loss or its logarithm, so that y has
// mean 0 and variance 1.

export interface TargetScale {
  readonly logLoss: boolean;
  readonly shift: number;
  /** Standard deviation of t; hardly above 0 where all losses are equal. */
  readonly scale: number;
}

export function targetScale(losses: ArrayLike<number>, logLoss: boolean): TargetScale {
  const n = losses.length;
  const values = Float64Array.from(losses, (loss) => (logLoss ? Math.log(loss) : loss));
  let shift = 0;
  for (const value of values) shift += value / n;
  let variance = 0;
  for (const value of values) variance += ((value - shift) * (value - shift)) / n;
  const scale = Math.sqrt(variance);
  // Equal losses may differ from their own mean in the last bits; their noise lies below what was written down.
  return { logLoss, shift, scale: Math.max(scale, 1e-12 * (1 + Math.abs(shift))) };
}

export function toStandard({ logLoss, shift, scale }: TargetScale, losses: ArrayLike<number>): Float64Array {
  return Float64Array.from(losses, (loss) => ((logLoss ? Math.log(loss) : loss) - shift) / scale);
}

/** Loss of the predictive mean; of the predictive median, on the log scale. */
export function toLosses({ logLoss, shift, scale }: TargetScale, means: Float64Array): Float64Array {
  return means.map((mean) => (logLoss ? Math.exp(shift + scale * mean) : shift + scale * mean));
}

/** Standard errors in the unit of the loss, by the delta method on the log scale. */
export function toStandardErrors(target: TargetScale, means: Float64Array, variances: Float64Array): Float64Array {
  const losses = target.logLoss ? toLosses(target, means) : null;
  return variances.map((variance, i) => Math.sqrt(variance) * target.scale * (losses ? losses[i]! : 1));
}

/** log |dy / dloss| summed over the losses: what makes likelihoods of the two scales comparable. */
export function logJacobian({ logLoss, scale }: TargetScale, losses: ArrayLike<number>): number {
  let sum = -losses.length * Math.log(scale);
  if (logLoss) for (let i = 0; i < losses.length; i++) sum -= Math.log(losses[i]!);
  return sum;
}
