import { type Backend, type BackendName, messageOf, type OpenedBackend } from './backend.js';
import { openCpuBackend } from './cpu-backend.js';
import { openNativeBackend } from './native-backend.js';
import { openWasmBackend } from './wasm-backend.js';

export interface BackendCandidate {
  /** What the reason calls it: the package, or the backend. */
  label: string;
  provides: readonly BackendName[];
  open: () => Promise<OpenedBackend>;
}

/** Fastest first. */
export const backendCandidates: readonly BackendCandidate[] = [
  {
    label: '@tensorflow/tfjs-node-gpu',
    provides: ['tensorflow-gpu', 'tensorflow'],
    open: () => openNativeBackend('@tensorflow/tfjs-node-gpu'),
  },
  {
    label: '@tensorflow/tfjs-node',
    provides: ['tensorflow'],
    open: () => openNativeBackend('@tensorflow/tfjs-node'),
  },
  { label: 'wasm', provides: ['wasm'], open: openWasmBackend },
  { label: 'cpu', provides: ['cpu'], open: openCpuBackend },
];

/**
 * Opens the first candidate that loads, starts and multiplies a small matrix rightly. `only` narrows the choice to one
 * backend. Throws, with every refusal, when none works.
 */
export async function selectBackend(
  only?: BackendName,
  candidates: readonly BackendCandidate[] = backendCandidates,
): Promise<Backend> {
  const refusals: string[] = [];
  for (const candidate of candidates) {
    if (only && !candidate.provides.includes(only)) continue;
    try {
      const backend = await openChecked(candidate, only);
      return { ...backend, reason: [...refusals, ...(backend.note ? [backend.note] : [])].join('; ') };
    } catch (error) {
      refusals.push(`${candidate.label}: ${messageOf(error)}`);
    }
  }
  throw new Error(`no backend works: ${refusals.join('; ')}`);
}

/** Opens a candidate and has it multiply. Throws where it does not load, is not what `only` asks for, or computes wrong. */
export async function openChecked({ open }: BackendCandidate, only?: BackendName): Promise<OpenedBackend> {
  const backend = await open();
  if (only && backend.name !== only) throw new Error(backend.note ?? `it is ${backend.name}`);
  await checkProduct(backend);
  return backend;
}

/** A driver can load and still compute nothing, or nonsense. */
async function checkProduct({ tf, operations }: OpenedBackend): Promise<void> {
  const product = tf.tidy(() =>
    operations.matMul(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([7, 8, 9, 10, 11, 12], [3, 2])),
  );
  const values = Array.from(await product.data());
  product.dispose();
  if (values.join() !== '58,64,139,154') throw new Error(`a matrix product came out as [${values.join(', ')}]`);
}
