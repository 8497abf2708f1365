import { describe, expect, it } from 'vitest';
import type { FitResponse, RunResponse } from '#libs/contracts';
import { fakeConfirmation, fakeDocument, fakeEstimate, fakeSweep } from '../../test/fake-api.js';
import { buildReport } from './demo-report.js';

function run(index: number, loss: number | 'NaN' | null, backend: string | null = 'wasm'): RunResponse {
  return {
    id: `run_${index}`,
    sweepId: 'swp_1',
    index,
    label: null,
    role: 'design',
    state: loss === null ? 'failed' : 'succeeded',
    weights: { web: 0.5, code: 0.5 },
    fidelity: 'proxy',
    seed: 42,
    attempt: 1,
    step: 10,
    totalSteps: 10,
    trainLoss: 2,
    reason: null,
    observation:
      loss === null
        ? null
        : {
            losses: { web: { natsPerToken: loss, bitsPerByte: 1 } },
            tokens: 100,
            seconds: 1.5,
            backend,
            parameters: 5,
            flops: null,
            censoredAt: null,
          },
  };
}

function diagnostics(spearman: number | null) {
  return {
    model: 'linear',
    rows: 8,
    outOfFold: { spearman, mae: 0.01, rmse: 0.02, r2: 0.9 },
    coverage: { p50: 0.5, p90: 0.88 },
    signal: { present: spearman !== null, reason: 'r' },
  };
}

function report(runs: RunResponse[], spearmans: Record<string, number | null>) {
  return buildReport({
    sweep: fakeSweep({ state: 'completed' }),
    confirmation: fakeConfirmation('proposal'),
    fit: {
      id: 'fit_1',
      targets: Object.fromEntries(Object.entries(spearmans).map(([target, value]) => [target, diagnostics(value)])),
    } as unknown as FitResponse,
    proposalId: 'prp_1',
    document: fakeDocument('natural'),
    runs,
    files: ['/out/blend.txt'],
  });
}

describe('buildReport', () => {
  it('has the agreed shape, and survives JSON unchanged', () => {
    const built = report([run(0, 2.5), run(1, 2.25)], { web: 0.8 });
    expect(JSON.parse(JSON.stringify(built))).toEqual(built);
    expect(built).toMatchObject({
      backend: 'wasm',
      runs: [
        { weights: { web: 0.5, code: 0.5 }, losses: { web: 2.5 }, tokens: 100, seconds: 1.5 },
        { losses: { web: 2.25 } },
      ],
      fit: { web: { outOfFoldSpearman: 0.8 }, outOfFoldSpearman: 0.8 },
      proposal: {
        weights: { web: 0.625, code: 0.375 },
        epochs: { web: 1.2, code: 0.8 },
        predicted: { web: fakeEstimate(2) },
        natural: { web: 0.75, code: 0.25 },
        recommended: { mixture: 'natural' },
      },
      confirmation: {
        seeds: [1, 2, 3],
        naturalMinusProposal: { mean: 0.02, standardError: 0.004 },
        recommended: 'proposal',
      },
      files: ['/out/blend.txt'],
    });
  });

  it('leaves out runs without an observation, keeps a divergence as one, and names every backend', () => {
    const built = report([run(0, null), run(1, 'NaN'), run(2, 2, 'cpu')], { web: 0.8 });
    expect(built.runs.map(({ losses }) => losses.web)).toEqual(['NaN', 2]);
    expect(built.backend).toBe('cpu, wasm');
  });

  it('averages the rank correlations that exist', () => {
    expect(report([], { web: 0.9, code: 0.7 }).fit.outOfFoldSpearman).toBeCloseTo(0.8, 12);
    expect(report([], { web: 0.9, code: null }).fit.outOfFoldSpearman).toBe(0.9);
    expect(report([], { web: null }).fit.outOfFoldSpearman).toBeNull();
  });
});
