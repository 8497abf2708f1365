import { describe, expect, it } from 'vitest';
import { type Arm, type ArmRun, type ConclusionInput, concludeConfirmation } from './conclude.js';

const names = ['proposal', 'best-observed', 'natural', 'uniform'] as const;

function input(objectives: Partial<Record<Arm, number[]>>, rest: Partial<ConclusionInput> = {}): ConclusionInput {
  const runs: ArmRun[] = Object.entries(objectives).flatMap(([arm, values]) =>
    values.map((objective, seed) => ({ arm: arm as Arm, seed, objective, losses: { web: objective } })),
  );
  const weights = Object.fromEntries(names.map((name) => [name, { [name]: 1 }])) as ConclusionInput['weights'];
  return { runs, weights, uniformFeasible: true, abstained: null, leftOut: [], ...rest };
}

describe('concludeConfirmation', () => {
  it('recommends the proposal when it beats natural and the best measured mixture beyond the noise', () => {
    const conclusion = concludeConfirmation(
      input({
        proposal: [2.0, 2.1, 2.05],
        'best-observed': [2.2, 2.31, 2.25],
        natural: [2.5, 2.61, 2.55],
        uniform: [2.4, 2.5, 2.46],
      }),
    );
    expect(conclusion.recommended).toBe('proposal');
    expect(conclusion.weights).toEqual({ proposal: 1 });
    expect(conclusion.statement).toContain('beats natural by 0.5033 ± 0.0033 nats');
  });

  it('keeps the best measured mixture when the proposal is ahead by less than the noise', () => {
    const conclusion = concludeConfirmation(
      input({
        proposal: [2.0, 2.3, 2.1],
        'best-observed': [2.1, 2.2, 2.2],
        natural: [2.5, 2.7, 2.6],
        uniform: [2.6, 2.8, 2.7],
      }),
    );
    expect(conclusion.recommended).toBe('best-observed');
    expect(conclusion.statement).toContain('cannot be told apart');
  });

  it('keeps the natural mixture when nothing beats it', () => {
    const conclusion = concludeConfirmation(
      input({
        proposal: [2.6, 2.7, 2.8],
        'best-observed': [2.5, 2.8, 2.6],
        natural: [2.5, 2.6, 2.7],
        uniform: [2.9, 3.0, 3.1],
      }),
    );
    expect(conclusion.recommended).toBe('natural');
    expect(conclusion.statement).toContain('loses to natural');
  });

  it('never recommends a uniform mixture that the caps forbid', () => {
    const objectives = { natural: [2.5, 2.6, 2.7], uniform: [2.0, 2.1, 2.2] };
    expect(concludeConfirmation(input(objectives)).recommended).toBe('uniform');
    expect(concludeConfirmation(input(objectives, { uniformFeasible: false })).recommended).toBe('natural');
  });

  it('says when the uniform mixture does better, and that it breaks the caps', () => {
    const conclusion = concludeConfirmation(
      input({ proposal: [2.3, 2.4], natural: [2.5, 2.6], uniform: [2.1, 2.2] }, { uniformFeasible: false }),
    );
    expect(conclusion.recommended).toBe('proposal');
    expect(conclusion.statement).toContain('loses to uniform (which breaks the caps) by 0.2000 ± 0.0000 nats');
  });

  describe('with a baseline of the sweep’s own', () => {
    const baseline = { name: "last year's mix", weights: { web: 0.7, code: 0.3 }, feasible: true };
    const objectives = {
      proposal: [2.0, 2.1, 2.05],
      'best-observed': [2.6, 2.7, 2.68],
      natural: [2.5, 2.61, 2.55],
      uniform: [2.6, 2.7, 2.66],
      baseline: [2.3, 2.41, 2.35],
    };

    it('says by how much the proposal beats it, by its name', () => {
      const conclusion = concludeConfirmation(input(objectives, { baseline }));
      expect(conclusion).toMatchObject({ recommended: 'proposal', baseline: "last year's mix" });
      expect(conclusion.objective.baseline).toBeCloseTo(2.3533, 4);
      expect(conclusion.losses.baseline).toEqual({ web: conclusion.objective.baseline });
      expect(conclusion.baselineMinusProposal).toMatchObject({ pairs: 3 });
      expect(conclusion.baselineMinusProposal!.mean).toBeCloseTo(0.3033, 4);
      expect(conclusion.statement).toContain("The proposal beats last year's mix by 0.3033 ± 0.0033 nats");
    });

    it('recommends it when it beats natural and the proposal does not beat it', () => {
      const conclusion = concludeConfirmation(input({ ...objectives, proposal: [2.3, 2.4, 2.36] }, { baseline }));
      expect(conclusion).toMatchObject({ recommended: 'baseline', weights: { web: 0.7, code: 0.3 } });
      expect(conclusion.statement).toMatch(/Recommended: last year's mix\.$/);
    });

    it('keeps natural when the baseline cannot be told from it', () => {
      const close = { natural: [2.5, 2.6, 2.7], baseline: [2.4, 2.65, 2.69] };
      expect(concludeConfirmation(input(close, { baseline })).recommended).toBe('natural');
    });

    it('compares and never recommends one that breaks the caps', () => {
      const conclusion = concludeConfirmation(
        input({ ...objectives, baseline: [1.8, 1.91, 1.85] }, { baseline: { ...baseline, feasible: false } }),
      );
      expect(conclusion.recommended).toBe('proposal');
      expect(conclusion.statement).toContain("loses to last year's mix (which breaks the caps) by 0.1967 ± 0.0033");
    });

    it('says nothing of a baseline where there is none', () => {
      const conclusion = concludeConfirmation(input({ proposal: [2, 2.1], natural: [2.5, 2.6] }));
      expect(Object.keys(conclusion.objective)).not.toContain('baseline');
      expect(conclusion).not.toHaveProperty('baseline');
      expect(conclusion).not.toHaveProperty('baselineMinusProposal');
    });
  });

  it('says why no proposal was made, and compares what was trained', () => {
    const conclusion = concludeConfirmation(
      input({ 'best-observed': [2, 2.1], natural: [2.5, 2.6], uniform: [2.5, 2.7] }, { abstained: 'no signal.' }),
    );
    expect(conclusion.naturalMinusProposal).toBeNull();
    expect(conclusion.objective.proposal).toBeNull();
    expect(conclusion.statement).toContain('No proposal was made: no signal.');
  });

  it('recommends natural and says so when every confirmation run was lost', () => {
    const leftOut = [{ runId: 'run_1', role: 'proposal', reason: 'failed: out of memory' }];
    const conclusion = concludeConfirmation(input({}, { leftOut }));
    expect(conclusion).toMatchObject({ recommended: 'natural', leftOut });
    expect(conclusion.statement).toContain('Too few confirmation runs');
  });
});
