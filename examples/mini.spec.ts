import { describe, expect, it } from 'vitest';
import { describeMini, runMini, trueObjective } from './mini.js';

describe('the whole method in memory', () => {
  const result = runMini();

  it('proposes a mixture that is truly better than natural, than uniform and than the best one tried', () => {
    const { truth } = result;
    expect(truth.proposal).toBeLessThan(truth.natural - 0.02);
    expect(truth.proposal).toBeLessThan(truth.uniform);
    expect(truth.proposal).toBeLessThan(truth.bestObserved);
  });

  it('predicts the proposal’s loss within three standard errors', () => {
    const { mean, standardError } = result.proposal.predictedObjective;
    expect(Math.abs(mean - result.truth.proposal)).toBeLessThan(3 * standardError!);
  });

  it('recommends a mixture that is truly no worse than natural', () => {
    const { weights } = result.proposal.recommended;
    expect(trueObjective(Object.values(weights))).toBeLessThanOrEqual(result.truth.natural);
  });

  it('passes over no domain more than four times', () => {
    for (const epochs of Object.values(result.proposal.epochs!)) expect(epochs).toBeLessThanOrEqual(4 + 1e-9);
  });

  it('abstains when noise drowns the differences', () => {
    const drowned = runMini({ noise: 50, runs: 24 });
    expect(drowned.proposal.abstained!.reason).toMatch(/no target of the objective has signal/);
    expect(drowned.truth.proposal).toBeCloseTo(drowned.truth.natural, 12);
  });

  it('can be read', () => {
    const text = describeMini(result);
    expect(text).toMatch(/^domain +proposed +natural/);
    console.log(text);
  });
});
