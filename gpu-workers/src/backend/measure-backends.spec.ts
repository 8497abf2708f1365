import { describe, expect, it } from 'vitest';
import { measureBackends } from './measure-backends.js';
import { backendCandidates } from './select-backend.js';

const candidates = backendCandidates.filter(({ label }) => label === 'wasm' || label === 'cpu');

describe('measureBackends', () => {
  it('tells of each backend how fast it is, or why it cannot be used', async () => {
    const absent = { label: 'absent', provides: [], open: () => Promise.reject(new Error('not installed')) };
    const measured = await measureBackends(0.05, [absent, ...candidates]);
    expect(measured[0]).toEqual({ label: 'absent', usable: false, refusal: 'not installed' });
    const [wasm, cpu] = measured.slice(1).map((one) => {
      if (!one.usable) throw new Error(one.refusal);
      return one;
    });
    expect(wasm?.name).toBe('wasm');
    expect(cpu?.name).toBe('cpu');
    // The order in which selectBackend prefers them.
    expect(wasm!.gigaflops).toBeGreaterThan(cpu!.gigaflops);
    expect(wasm!.tokensPerSecond).toBeGreaterThan(cpu!.tokensPerSecond);
  });

  it('leaves no tensor behind, and refuses a backend that computes nonsense', async () => {
    const wasm = candidates.find(({ label }) => label === 'wasm')!;
    const { tf, operations } = await wasm.open();
    const before = tf.memory().numTensors;
    const broken = {
      ...wasm,
      label: 'broken',
      open: async () => ({ ...(await wasm.open()), operations: { ...operations, matMul: () => tf.zeros([2, 2]) } }),
    };
    const [measured] = await measureBackends(0.01, [broken]);
    expect(measured).toEqual({
      label: 'broken',
      usable: false,
      refusal: 'a matrix product came out as [0, 0, 0, 0]',
    });
    await measureBackends(0.01, [wasm]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
