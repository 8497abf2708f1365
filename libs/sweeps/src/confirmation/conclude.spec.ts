import { describe, expect, it } from 'vitest';
import { type Arm, type ArmRun, type ConclusionInput, concludeConfirmation } from './conclude.js';

const names: Arm[] = ['proposal', 'best-observed', 'natural', 'uniform'];

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
