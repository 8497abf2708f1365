import type { OpenedBackend } from './backend.js';
import { loadPackage } from './load-package.js';
import type { TensorFlowNamespace } from './operations.js';
import { createPortableOperations } from './portable-operations.js';

/** Plain JavaScript: always there, slow; the reference that the other backends are tested against. */
export async function openCpuBackend(): Promise<OpenedBackend> {
  const tf = loadPackage<TensorFlowNamespace>('@tensorflow/tfjs-core');
  loadPackage<typeof import('@tensorflow/tfjs-backend-cpu')>('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend('cpu'))) throw new Error('the CPU backend did not start');
  return { name: 'cpu', tf, operations: createPortableOperations(tf) };
}
