import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenedBackend } from './backend.js';
import { loadPackage } from './load-package.js';
import type { TensorFlowNamespace } from './operations.js';
import { createPortableOperations } from './portable-operations.js';

export type NativePackage = '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';

/**
 * TensorFlow's own library through its Node binding, from the root's packages or from gpu-workers/node_modules
 * (`npm install` in gpu-workers). Throws when the package is absent or does not load. The GPU package on a machine
 * without a usable GPU computes on the CPU; it is then called 'tensorflow'.
 */
export async function openNativeBackend(packageName: NativePackage): Promise<OpenedBackend> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Recent GPUs would round the operands of products to ten bits: losses of two mixtures differ by less, and a router's
  // choices hang on it. Set to 1 to allow it.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const tf = loadPackage<TensorFlowNamespace>(resolveNative(packageName));
  if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend did not start');
  const usesGpu = (tf.backend() as unknown as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
  return {
    name: usesGpu ? 'tensorflow-gpu' : 'tensorflow',
    tf,
    operations: createPortableOperations(tf),
    ...(packageName === '@tensorflow/tfjs-node-gpu' && !usesGpu ? { note: 'the GPU package found no GPU' } : {}),
  };
}

function resolveNative(name: NativePackage): string {
  const origins = [fileURLToPath(import.meta.url)];
  // Compiled files live in dist/, beside which gpu-workers/node_modules is not on Node's own search path.
  for (let folder = dirname(origins[0]!); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'gpu-workers', 'package.json');
    if (existsSync(manifest)) origins.push(manifest);
  }
  for (const origin of origins) {
    try {
      return createRequire(origin).resolve(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error('not installed');
}
