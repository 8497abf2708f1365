// Cholesky factors of symmetric positive definite matrices in a workspace.
//   A  n x n, given by its upper triangle      U  n x n upper triangular, A = U'U
// Reference: LAPACK's dpotrf, dtrtri, dlauum. Failure mode: a pivot that is not positive (A is singular or indefinite
// in floating point), which is a value here.
import { type Matrix, roundUp4, type Workspace } from './workspace.js';

// What kernels.c asks of scratch memory: BLOCK * (n + 4) values.
const BLOCK = 64;
const scratchFor = (workspace: Workspace, n: number): number => workspace.vector(BLOCK * (roundUp4(n) + 4)).address;

/**
 * Overwrites the upper triangle of A with U; what lies below the diagonal loses its meaning.
 * @returns -1, or the row of the first pivot that is not positive and finite
 */
export function factorise(workspace: Workspace, a: Matrix): number {
  const n = a.rows;
  const padded = roundUp4(n);
  const values = workspace.view(a);
  // The padding becomes an identity block, which is its own factor.
  for (let i = 0; i < padded; i++) {
    values.fill(0, i * a.stride + Math.max(i, n), i * a.stride + padded);
    if (i >= n) values[i * a.stride + i] = 1;
  }
  return workspace.scope(() => workspace.kernels.factorise(padded, a.address, a.stride, scratchFor(workspace, n)));
}

/** log det A = 2 sum log U_ii. */
export function logDeterminant(workspace: Workspace, u: Matrix): number {
  const values = workspace.view(u);
  let sum = 0;
  for (let i = 0; i < u.rows; i++) sum += Math.log(values[i * u.stride + i]!);
  return 2 * sum;
}

/** Overwrites b (n values) with A^-1 b. */
export function solveFactorised(workspace: Workspace, u: Matrix, b: Matrix): void {
  const padded = roundUp4(u.rows);
  workspace.kernels.solve_transposed_vector(padded, u.address, u.stride, b.address);
  workspace.kernels.solve_vector(padded, u.address, u.stride, b.address);
}

/** Overwrites B (n x q) with the solution X of U'X = B. Rows of padding must hold zeros. */
export function solveTransposed(workspace: Workspace, u: Matrix, b: Matrix): void {
  workspace.scope(() => {
    const scratch = scratchFor(workspace, u.rows);
    const { kernels } = workspace;
    kernels.solve_transposed(roundUp4(u.rows), roundUp4(b.columns), u.address, u.stride, b.address, b.stride, scratch);
  });
}

/** The upper triangle of `out` (n x n) becomes A^-1; `work` (n x n) is overwritten. */
export function invertFactorised(workspace: Workspace, u: Matrix, work: Matrix, out: Matrix): void {
  workspace.scope(() => {
    const scratch = scratchFor(workspace, u.rows);
    const n = roundUp4(u.rows);
    workspace.kernels.invert(n, u.address, u.stride, work.address, work.stride, out.address, out.stride, scratch);
  });
}
