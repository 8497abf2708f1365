import { describe, expect, it } from 'vitest';
import type { RunInPhases } from '../format.js';
import { readOptions, sharedOptions } from './options.js';
import { requireStartSteps, startSteps, stepsAgainstTokens, stepsOfRun } from './steps.js';

const described = { trainSteps: sharedOptions.trainSteps, batchSize: sharedOptions.batchSize };
const run = (given: Record<string, number>, starts: readonly number[], targetTokens?: number): RunInPhases => ({
  targetTokens,
  options: readOptions('trainer', described, given),
  phases: starts.map((start, i) => ({ name: `p${i + 1}`, start, entries: [], dropped: [] })),
});

describe('steps of a run', () => {
  it('are those given, else tokens divided by tokens of a step, and unknown otherwise', () => {
    const batch = { batchSize: 8, sequenceLength: 100 };
    expect(stepsOfRun(run({ trainSteps: 7, ...batch }, [0], 1e6))).toBe(7);
    expect(stepsOfRun(run(batch, [0], 80_001))).toBe(101);
    expect(stepsOfRun(run(batch, [0]))).toBeNull();
    expect(stepsOfRun(run({ batchSize: 8 }, [0], 1e6))).toBeNull();
  });

  it('that are not those of its tokens are told', () => {
    const steps = { trainSteps: 10, batchSize: 8, sequenceLength: 100 };
    expect(stepsAgainstTokens(run(steps, [0], 8050))).toEqual([]);
    expect(stepsAgainstTokens(run(steps, [0], 16_000))).toEqual([
      '10 steps of 8 sequences of 100 tokens are 8000 tokens, but the run has 16000: the epochs stated are those of the latter',
    ]);
    expect(stepsAgainstTokens(run(steps, [0]))).toEqual([]);
    expect(stepsAgainstTokens(run({ trainSteps: 10 }, [0], 1e6))).toEqual([]);
  });

  it('at which phases start are whole', () => {
    expect(startSteps(run({ trainSteps: 1000 }, [0, 1 / 3, 0.9]))).toEqual([0, 333, 900]);
    expect(startSteps(run({}, [0, 0.5]))).toBeNull();
  });

  it('are asked for by trainers that start phases at them', () => {
    expect(requireStartSteps('trainer', run({ trainSteps: 10 }, [0, 0.5]))).toEqual([0, 5]);
    expect(() => requireStartSteps('trainer', run({}, [0, 0.5]))).toThrow(
      'trainer starts phases at optimizer steps: give trainSteps, or batchSize and sequenceLength with targetTokens',
    );
  });

  it('leave no phase without one', () => {
    expect(() => startSteps(run({ trainSteps: 10 }, [0, 0.99]))).toThrow('phase "p2" would last no step');
    expect(() => startSteps(run({ trainSteps: 10 }, [0, 0.5, 0.51]))).toThrow('from 5 to 5');
    expect(() => startSteps(run({ trainSteps: 10 }, [0, 0.01]))).toThrow('phase "p1" would last no step');
  });
});
