import { setFlagsFromString } from 'node:v8';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Tensor, TensorFlowNamespace } from '../operations.js';
import { kernelsBase64, relaxedKernelsBase64 } from './kernels.generated.js';

type Kernel = (...args: number[]) => void;

/**
 * Runs one kernel: allocates the named outputs and `scratchFloats` floats of scratch, and calls it; `at` gives a
 * tensor's address by its name, 0 for an input that is undefined. Shapes are the caller's business: a kernel does not
 * check bounds.
 */
export type RunKernel = <Name extends string>(
  kernel: string,
  inputs: Record<string, Tensor | undefined>,
  outputs: Record<Name, number[]>,
  scratchFloats: number,
  call: (kernel: Kernel, at: (name: string) => number, scratch: number) => void,
) => Record<Name, Tensor>;

/** What this file needs of WebAssembly and of Emscripten's module: TypeScript's types for them come with the DOM. */
interface WebAssemblyApi {
  Memory: new () => object;
  validate(bytes: Uint8Array): boolean;
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, Kernel> } }>;
}
interface EmscriptenModule {
  asm?: { memory?: unknown };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}
type FillOutputs = (
  addressOf: (tensor: TensorInfo) => number,
  allocate: (shape: number[]) => TensorInfo,
  scratch: (floats: number) => number,
) => void;

/**
 * Instantiates kernels.c on the heap of TensorFlow.js' WASM backend: tensors go by address and nothing is copied. Each
 * kernel is registered with TensorFlow.js, so that memory accounting, tidy and tf.profile see it. Call it once, with
 * the WASM backend set. Throws when the heap cannot be reached or the engine lacks SIMD.
 */
export async function loadWasmKernels(tf: TensorFlowNamespace): Promise<RunKernel> {
  const backend = tf.backend() as BackendWasm;
  const module = backend.wasm as unknown as EmscriptenModule;
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const heap = module.asm?.memory;
  if (!(heap instanceof WebAssembly.Memory)) throw new Error('the WASM backend does not expose its memory');
  const bytes = Buffer.from(canFuse(WebAssembly) ? relaxedKernelsBase64 : kernelsBase64, 'base64');
  const kernels = (await WebAssembly.instantiate(bytes, { env: { memory: heap } })).instance.exports;
  for (const name of Object.keys(kernels)) register(tf, backend, module, name);

  return (name, inputs, outputs, scratchFloats, call) => {
    const kernel = kernels[name];
    if (!kernel) throw new Error(`kernels.c has no kernel ${name}`);
    const given = Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
    const fill: FillOutputs = (addressOf, allocate, scratch) => {
      const addresses = new Map(given.map(([input, tensor]) => [input, addressOf(tensor)]));
      for (const output of Object.keys(outputs) as (keyof typeof outputs)[]) {
        addresses.set(output, addressOf(allocate(outputs[output])));
      }
      call(kernel, (tensor) => addresses.get(tensor) ?? 0, scratchFloats > 0 ? scratch(scratchFloats) : 0);
    };
    const made = tf.engine().runKernel<Tensor[]>(registeredName(name), Object.fromEntries(given), { fill } as never);
    return Object.fromEntries(Object.keys(outputs).map((output, index) => [output, made[index]])) as never;
  };
}

/** Whether the engine has relaxed SIMD: since V8 11.4, and behind a flag in that of Node 20. */
function canFuse(WebAssembly: WebAssemblyApi): boolean {
  const bytes = Buffer.from(relaxedKernelsBase64, 'base64');
  if (WebAssembly.validate(bytes)) return true;
  if (!process.versions.v8.startsWith('11.3.')) return false;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes);
}

const registeredName = (kernel: string) => `Cuvee/${kernel}`;

function register(tf: TensorFlowNamespace, backend: BackendWasm, module: EmscriptenModule, kernel: string): void {
  const checked = (address: number) => {
    if (address === 0) throw new Error(`out of memory: the WASM heap has no room for ${kernel}`);
    return address;
  };
  tf.registerKernel({
    kernelName: registeredName(kernel),
    backendName: 'wasm',
    kernelFunc: ({ attrs }) => {
      const outputs: TensorInfo[] = [];
      let scratch = 0;
      try {
        (attrs as unknown as { fill: FillOutputs }).fill(
          (tensor) => checked(backend.getMemoryOffset(tensor.dataId)),
          (shape) => {
            const output = backend.makeOutput(shape, 'float32');
            outputs.push(output);
            return output;
          },
          (floats) => {
            scratch = checked(module._malloc(4 * floats));
            return scratch;
          },
        );
      } finally {
        if (scratch !== 0) module._free(scratch);
      }
      return outputs;
    },
  });
}
