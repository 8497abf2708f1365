// The compiled kernels and their memory. One instance per thread serves every fit and prediction in turn: each call
// lays its arrays out anew from the start of the heap, so nothing may be held across calls but what `owner` names.
import { decodeBytes } from '../base64.js';
import { kernelsBase64 } from './kernels.generated.js';

/** What this file needs of WebAssembly: TypeScript's types for it come with the DOM. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: Record<string, unknown> };
};

type Kernel = (...args: number[]) => number;

export interface TreeKernels {
  readonly growTree: Kernel;
  readonly binRows: Kernel;
  readonly addBlock: Kernel;
  /** Whose arrays the heap holds; null when nobody's need be kept. */
  owner: object | null;
  /**
   * Addresses of arrays of these many bytes, each on a 64-byte line. The heap grows as needed: take views (`buffer`)
   * afterwards.
   */
  layOut<Name extends string>(bytes: Record<Name, number>): Record<Name, number>;
  readonly buffer: ArrayBuffer;
}

const PAGE = 65_536;
const LINE = 64;

let kernels: TreeKernels | null = null;

export function treeKernels(): TreeKernels {
  kernels ??= open();
  return kernels;
}

function open(): TreeKernels {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(decodeBytes(kernelsBase64)));
  const memory = exports.memory as Memory;
  const heapBase = (exports.__heap_base as { value: number }).value;
  return {
    growTree: exports.grow_tree as Kernel,
    binRows: exports.bin_rows as Kernel,
    addBlock: exports.add_block as Kernel,
    owner: null,
    layOut<Name extends string>(bytes: Record<Name, number>) {
      const addresses = {} as Record<Name, number>;
      let at = heapBase;
      for (const name of Object.keys(bytes) as Name[]) {
        at = Math.ceil(at / LINE) * LINE;
        addresses[name] = at;
        at += bytes[name];
      }
      const missing = Math.ceil((at - memory.buffer.byteLength) / PAGE);
      if (missing > 0) memory.grow(missing);
      return addresses;
    },
    get buffer() {
      return memory.buffer;
    },
  };
}
