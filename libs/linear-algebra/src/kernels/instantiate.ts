import { kernelsBase64 } from './kernels.generated.js';

/** The kernels of kernels.c by name: addresses are byte offsets into the memory, `f64` arguments plain numbers. */
export interface Kernels {
  factorise(n: number, a: number, lda: number, scratch: number): number;
  invert(n: number, u: number, ldu: number, t: number, ldt: number, out: number, ldo: number, scratch: number): void;
  solve_transposed(n: number, q: number, u: number, ldu: number, b: number, ldb: number, scratch: number): void;
  solve_transposed_vector(n: number, u: number, ldu: number, b: number): void;
  solve_vector(n: number, u: number, ldu: number, b: number): void;
  exponentials(count: number, x: number): void;
  matern52(
    n: number,
    q: number,
    m: number,
    x: number,
    ldx: number,
    y: number,
    ldy: number,
    variance: number,
    k: number,
    ldk: number,
    symmetric: number,
    slopes: number,
    nugget: number,
  ): void;
  weigh_slopes(n: number, padded: number, inverse: number, alpha: number, slopes: number, ld: number): void;
  difference_sums(
    n: number,
    padded: number,
    m: number,
    x: number,
    z: number,
    ldx: number,
    h: number,
    ld: number,
    out: number,
  ): void;
  weighted_rows(n: number, q: number, k: number, ldk: number, w: number, out: number): void;
  column_squares(n: number, q: number, v: number, ldv: number, out: number): void;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// What is needed of WebAssembly: TypeScript's types for it come with the DOM.
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
};

let module: object | undefined;

/**
 * A memory and the kernels that work on it. Synchronous, so that a fit needs no promise: fine in Node and in a
 * browser's worker; a browser's main thread may refuse to compile more than 4 KB this way.
 */
export function instantiateKernels(): { memory: WasmMemory; kernels: Kernels } {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(kernelsBase64), (character) => character.charCodeAt(0)));
  const memory = new WebAssembly.Memory({ initial: 2 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, kernels: exports as Kernels };
}
