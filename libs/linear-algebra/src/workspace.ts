// The kernels' memory: a stack of blocks that lives as long as one piece of work.
// Everything is synchronous, so one workspace per thread serves every caller in turn. WebAssembly memory never shrinks;
// beyond KEPT_BYTES it is given back after use.
import { instantiateKernels, type Kernels, type WasmMemory } from './kernels/instantiate.js';

/** A row-major matrix in the workspace. Rows and columns are padded to multiples of 4, the stride is in values. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  /** Byte offset of its first value. */
  readonly address: number;
}

const PAGE = 65536;
const KEPT_BYTES = 160 << 20;
// Address 0 means "none" to the kernels.
const FIRST_ADDRESS = 64;

export const roundUp4 = (count: number): number => (count + 3) & ~3;

/**
 * An odd multiple of one cache line: with a stride of a power of two, the rows of a column would share the few places
 * of one cache set.
 */
const strideOf = (columns: number): number => {
  const lines = (columns + 7) >> 3;
  return 8 * (lines | 1);
};

export class Workspace {
  readonly kernels: Kernels;
  private readonly memory: WasmMemory;
  private top = FIRST_ADDRESS;

  constructor() {
    const { memory, kernels } = instantiateKernels();
    this.memory = memory;
    this.kernels = kernels;
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** A matrix of zeros. Throws RangeError when the memory cannot grow (4 GB). */
  matrix(rows: number, columns: number): Matrix {
    const stride = strideOf(columns);
    const length = roundUp4(rows) * stride;
    const matrix = { rows, columns, stride, address: this.allocate(length) };
    this.view(matrix).fill(0);
    return matrix;
  }

  /** A column of zeros, as a matrix of one row. */
  vector(length: number, values?: ArrayLike<number>): Matrix {
    const vector = this.matrix(1, length);
    if (values) this.view(vector).set(values);
    return vector;
  }

  /** The values of a matrix with its padding, valid until the next allocation. */
  view(matrix: Matrix): Float64Array {
    return new Float64Array(this.memory.buffer, matrix.address, roundUp4(matrix.rows) * matrix.stride);
  }

  /** Runs `work` and takes back what it allocated. */
  scope<T>(work: () => T): T {
    const mark = this.top;
    try {
      return work();
    } finally {
      this.top = mark;
    }
  }

  /** Takes back everything. */
  release(): void {
    this.top = FIRST_ADDRESS;
  }

  private allocate(values: number): number {
    const address = this.top;
    this.top += 8 * values;
    const missing = this.top - this.bytes;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return address;
  }
}

let shared: Workspace | undefined;
let resident: { owner: object; content: unknown } | undefined;
let busy = false;

function borrow<T>(work: (workspace: Workspace) => T): T {
  if (busy) throw new Error('the workspace is in use: one piece of work must end before the next begins');
  busy = true;
  try {
    shared ??= new Workspace();
    return work(shared);
  } finally {
    busy = false;
    if (shared && shared.bytes > KEPT_BYTES) {
      shared = undefined;
      resident = undefined;
    }
  }
}

/** Runs `work` with this thread's workspace; nothing allocated in it survives. Must not be nested. */
export function withWorkspace<T>(work: (workspace: Workspace) => T): T {
  return borrow((workspace) => {
    // The blocks of a resident owner lie at the bottom and are overwritten.
    resident = undefined;
    workspace.release();
    return work(workspace);
  });
}

/**
 * Runs `work` with blocks that `prepare` made, and keeps them for the same owner's next call, until anybody else uses
 * the workspace: repeated predictions of one model need not copy its matrices again.
 */
export function withResident<C, T>(
  owner: object,
  prepare: (workspace: Workspace) => C,
  work: (workspace: Workspace, content: C) => T,
): T {
  return borrow((workspace) => {
    if (resident?.owner !== owner) {
      resident = undefined;
      workspace.release();
      resident = { owner, content: prepare(workspace) };
    }
    const { content } = resident;
    return workspace.scope(() => work(workspace, content as C));
  });
}
