import { describe, expect, it } from 'vitest';
import type { RunResponse } from '#libs/contracts';
import { fakeConfirmation, fakeDocument } from '../../test/fake-api.js';
import { compareMixtures, meanLoss } from './mixture-comparison.js';

describe('meanLoss', () => {
  it('is the mean with the standard error of the mean', () => {
    const { mean, standardError } = meanLoss([1, 2, 3]) ?? { mean: 0, standardError: 0 };
    expect(mean).toBe(2);
    expect(standardError).toBeCloseTo(1 / Math.sqrt(3), 12);
  });

  it('claims no error from one run, and nothing from none that is finite', () => {
    expect(meanLoss([2, Number.NaN])).toEqual({ mean: 2, standardError: null });
    expect(meanLoss([Number.POSITIVE_INFINITY])).toBeNull();
  });
});

describe('compareMixtures', () => {
  it('puts what was predicted beside what was measured, arm by arm', () => {
    const run = (role: RunResponse['role'], seed: number, loss: number) =>
      ({
        role,
        seed,
        observation: { losses: { web: { natsPerToken: loss, bitsPerByte: 1 } } },
      }) as unknown as RunResponse;
    const text = compareMixtures(['web'], fakeDocument('proposal'), fakeConfirmation('proposal'), [
      run('proposal', 1, 1.9),
      run('proposal', 2, 2.1),
      run('natural', 1, 2.25),
    ]);
    const [, , web, objective] = text.split('\n').map((line) => line.split(/ {2,}/));
    expect(web).toEqual(['web', '2.200 → 2.250', '2.300 → –', '2.100 → –', '2.000 → 2.000±0.100']);
    expect(objective).toEqual(['objective', '2.200 → 2.020', '2.300 → 2.100', '2.100 → 2.010', '2.000 → 2.000±0.100']);
    expect(text).toMatch(/The objective is the loss of web: lower is better\.$/);
  });

  it('has a column for the baseline of the sweep, by its name', () => {
    const document = fakeDocument('proposal');
    const given = { ...document.baselines.natural, name: "the mixture of last year's run", violates: [] };
    const confirmation = { ...fakeConfirmation('proposal'), baseline: given.name };
    confirmation.objective.baseline = 2.15;
    const text = compareMixtures(
      ['web'],
      { ...document, baselines: { ...document.baselines, given } },
      confirmation,
      [],
    );
    const [header, , , objective] = text.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(header).toEqual(['target', 'natural', 'uniform', "the mixtur…ear's run", 'best observed', 'proposed']);
    expect(objective).toEqual([
      'objective',
      '2.200 → 2.020',
      '2.300 → 2.100',
      '2.200 → 2.150',
      '2.100 → 2.010',
      '2.000 → 2.000',
    ]);
  });

  it('predicts nothing of runs of another size than the fitted one', () => {
    const confirmation = { ...fakeConfirmation('proposal'), fidelity: '1M' };
    const text = compareMixtures(['web'], fakeDocument('proposal'), confirmation, []);
    const [, , , objective] = text.split('\n').map((line) => line.split(/ {2,}/));
    expect(objective).toEqual(['objective', '– → 2.020', '– → 2.100', '– → 2.010', '– → 2.000']);
    expect(text).toContain('Measured at 1M; the fit, of another size, predicts nothing of it.');
  });
});
