import type { TransformerParameters } from '#libs/contracts';

/** The rate at a step counted from 0: linear warm-up to learningRate, then constant or a cosine down to its floor. */
export function learningRateAt(step: number, parameters: TransformerParameters): number {
  const { learningRate, warmupSteps, steps, schedule, minLearningRateRatio } = parameters;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (schedule === 'constant') return learningRate;
  const done = (step - warmupSteps) / Math.max(1, steps - 1 - warmupSteps);
  return learningRate * (minLearningRateRatio + ((1 - minLearningRateRatio) * (1 + Math.cos(Math.PI * done))) / 2);
}
