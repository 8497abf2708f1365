import { describe, expect, it } from 'vitest';
import type { OpenedBackend } from './backend.js';
import { backendCandidates, selectBackend } from './select-backend.js';

const cpu = backendCandidates.find(({ label }) => label === 'cpu')!;

describe('selectBackend', () => {
  it('tells why each faster backend was passed over', async () => {
    const absent = {
      label: 'fast',
      provides: ['tensorflow'],
      open: () => Promise.reject(new Error('not installed')),
    } as const;
    const backend = await selectBackend(undefined, [absent, cpu]);
    expect(backend.name).toBe('cpu');
    expect(backend.reason).toBe('fast: not installed');
  });

  it('passes over a backend that starts but computes nonsense', async () => {
    const broken = {
      label: 'broken',
      provides: ['tensorflow-gpu'],
      open: async (): Promise<OpenedBackend> => {
        const opened = await cpu.open();
        return { ...opened, operations: { ...opened.operations, matMul: () => opened.tf.zeros([2, 2]) } };
      },
    } as const;
    const backend = await selectBackend(undefined, [broken, cpu]);
    expect(backend.name).toBe('cpu');
    expect(backend.reason).toBe('broken: a matrix product came out as [0, 0, 0, 0]');
  });

  it('opens only what it is told to, or nothing', async () => {
    expect((await selectBackend('cpu')).name).toBe('cpu');
    const refused = { label: 'wasm', provides: ['wasm'], open: () => Promise.reject(new Error('no SIMD')) } as const;
    await expect(selectBackend('wasm', [refused, cpu])).rejects.toThrow('no backend works: wasm: no SIMD');
  });

  it('prefers native TensorFlow, then WASM, and finds one of them here', async () => {
    expect(backendCandidates.map(({ label }) => label)).toEqual([
      '@tensorflow/tfjs-node-gpu',
      '@tensorflow/tfjs-node',
      'wasm',
      'cpu',
    ]);
    const backend = await selectBackend();
    expect(backend.name).not.toBe('cpu');
    if (backend.name === 'wasm') expect(backend.reason).toContain('@tensorflow/tfjs-node-gpu: ');
    expect(backend.reason).not.toContain('without fused kernels');
  });
});
