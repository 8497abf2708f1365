import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  dataConstrainedLoss,
  effectiveTokens,
  epochsForEfficiency,
  REPETITION_DECAY_DATA_ONLY,
  repetitionEfficiency,
  repetitionLoss,
} from './repetition-law.js';

const runsFile = new URL('../../../../shared/data/datablations/c4_loss_points_outliers_removed.csv', import.meta.url);

/** Coefficient of determination of the losses themselves, not of their logarithms. */
function r2(predicted: readonly number[], measured: readonly number[]): number {
  const mean = measured.reduce((a, b) => a + b, 0) / measured.length;
  const errors = measured.reduce((sum, y, i) => sum + (y - predicted[i]!) ** 2, 0);
  return 1 - errors / measured.reduce((sum, y) => sum + (y - mean) ** 2, 0);
}

describe('the repetition law', () => {
  it.each([
    [2, 0.984],
    [4, 0.931],
    [8, 0.828],
    [16, 0.661],
    [40, 0.379],
  ])('makes %i epochs worth %f of as many new tokens', (epochs, share) => {
    expect(repetitionEfficiency(epochs)).toBeCloseTo(share, 3);
    expect(effectiveTokens(5e9, 5e9 * epochs) / (5e9 * epochs)).toBeCloseTo(share, 3);
  });

  it('counts text read once, or in part, as it is, and a domain without text as nothing', () => {
    expect(effectiveTokens(100, 60)).toBe(60);
    expect(effectiveTokens(100, 100)).toBe(100);
    expect(effectiveTokens(0, 10)).toBe(0);
    expect(repetitionEfficiency(0)).toBe(1);
    expect(repetitionEfficiency(4, REPETITION_DECAY_DATA_ONLY)).toBeLessThan(repetitionEfficiency(4));
  });

  it('turns an efficiency into the epochs that reach it', () => {
    for (const efficiency of [0.999, 0.9, 0.5, 0.05]) {
      const epochs = epochsForEfficiency(efficiency);
      expect(repetitionEfficiency(epochs)).toBeCloseTo(efficiency, 12);
      expect(repetitionEfficiency(epochs * 1.001)).toBeLessThan(efficiency);
    }
    expect(epochsForEfficiency(1)).toBeCloseTo(1, 6);
    expect(() => epochsForEfficiency(0)).toThrow(/minimumEfficiency must be a number in \(0, 1\]/);
  });

  it('prices repetition as the loss between effective and new tokens', () => {
    expect(repetitionLoss(5e9, 5e9)).toBe(0);
    const shared = dataConstrainedLoss(1e8, 2e10, 5e9) - dataConstrainedLoss(1e8, 2e10, 2e10);
    // A model that 5e9 tokens feed loses no parameters to repetition, so the data term is all of the difference.
    expect(repetitionLoss(effectiveTokens(5e9, 2e10), 2e10)).toBeCloseTo(shared, 12);
    expect(repetitionLoss(0, 1)).toBe(Infinity);
  });

  it('gives the published loss of 1e9 parameters, 2e10 tokens, 5e9 of them new', () => {
    expect(dataConstrainedLoss(1e9, 2e10, 5e9)).toBeCloseTo(2.59746, 5);
  });

  it.skipIf(!existsSync(runsFile))('explains the 182 runs as published (needs ../shared/data/datablations)', () => {
    const [, ...lines] = readFileSync(runsFile, 'utf8').trim().split('\n');
    const runs = lines.map((line) => line.split(',').slice(1).map(Number));
    const measured = runs.map((run) => run[4]!);
    const predict = (decayed: boolean) => runs.map(([n, d, u]) => dataConstrainedLoss(n!, d!, u!, decayed));
    expect(runs.length).toBe(182);
    expect(r2(predict(true), measured)).toBeCloseTo(0.7722046, 7);
    expect(r2(predict(false), measured)).toBeCloseTo(0.4451684, 7);
  });
});
