import { dirname, sep } from 'node:path';
import { messageOf, type OpenedBackend } from './backend.js';
import { loadPackage, resolvePackage } from './load-package.js';
import type { TensorFlowNamespace } from './operations.js';
import { createPortableOperations } from './portable-operations.js';
import { createWasmOperations } from './wasm-operations.js';

let opened: Promise<OpenedBackend> | undefined;

/** TensorFlow.js' WASM backend, one thread, with the fused kernels when they can run. Throws if it does not start. */
export async function openWasmBackend(): Promise<OpenedBackend> {
  opened ??= open();
  const backend = await opened;
  await backend.tf.setBackend('wasm');
  return backend;
}

async function open(): Promise<OpenedBackend> {
  const tf = loadPackage<TensorFlowNamespace>('@tensorflow/tfjs-core');
  const wasm = loadPackage<typeof import('@tensorflow/tfjs-backend-wasm')>('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(resolvePackage('@tensorflow/tfjs-backend-wasm')) + sep);
  if (!(await tf.setBackend('wasm'))) throw new Error('the WASM module did not start');
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    return { name: 'wasm', tf, operations: createPortableOperations(tf), note: 'no SIMD, so without fused kernels' };
  }
  try {
    return { name: 'wasm', tf, operations: await createWasmOperations(tf) };
  } catch (error) {
    return {
      name: 'wasm',
      tf,
      operations: createPortableOperations(tf),
      note: `without fused kernels: ${messageOf(error)}`,
    };
  }
}
