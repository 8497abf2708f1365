import { describe, expect, it } from 'vitest';
import cases from '../fixtures/cholesky.json' with { type: 'json' };
import { factorise, invertFactorised, logDeterminant, solveFactorised, solveTransposed } from './factorisation.js';
import { solveCholesky } from './solve-cholesky.js';
import { withWorkspace } from './workspace.js';

const entry = (i: number, j: number) => Math.exp(-Math.abs(i - j) / 7) + (i === j ? 0.1 : 0);
const right = (n: number) => Float64Array.from({ length: n }, (_, i) => (i % 5) - 2);

function expectClose(ours: ArrayLike<number>, theirs: readonly number[]): void {
  let worst = 0;
  theirs.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(ours[i]! - value));
  });
  expect(worst).toBeLessThan(1e-11);
}

describe('Cholesky factors agree with scipy’s', () => {
  it.each(cases)('at order $n', (c) => {
    const { n } = c;
    withWorkspace((workspace) => {
      const u = workspace.matrix(n, n);
      const fill = workspace.view(u);
      for (let i = 0; i < n; i++) for (let j = i; j < n; j++) fill[i * u.stride + j] = entry(i, j);
      expect(factorise(workspace, u)).toBe(-1);
      const factor = workspace.view(u);
      expectClose(
        Float64Array.from({ length: n }, (_, i) => factor[i * u.stride + i]!),
        c.factorDiagonal,
      );
      expectClose(
        Float64Array.from({ length: n }, (_, i) => factor[i * u.stride + n - 1]!),
        c.factorLastColumn,
      );
      expect(logDeterminant(workspace, u)).toBeCloseTo(c.logDeterminant, 10);

      const x = workspace.vector(n, right(n));
      solveFactorised(workspace, u, x);
      expectClose(workspace.view(x), c.solution);
      const half = workspace.matrix(n, 1);
      right(n).forEach((value, i) => {
        workspace.view(half)[i * half.stride] = value;
      });
      solveTransposed(workspace, u, half);
      const solved = workspace.view(half);
      expectClose(
        Float64Array.from({ length: n }, (_, i) => solved[i * half.stride]!),
        c.halfSolution,
      );

      const inverse = workspace.matrix(n, n);
      invertFactorised(workspace, u, workspace.matrix(n, n), inverse);
      const values = workspace.view(inverse);
      expectClose(values, c.inverseFirstRow);
      expectClose(
        Float64Array.from({ length: n }, (_, i) => values[i * inverse.stride + i]!),
        c.inverseDiagonal,
      );
    });
  });

  it.each(cases)('in plain JavaScript at order $n', ({ n, solution }) => {
    const matrix = Float64Array.from({ length: n * n }, (_, k) => entry(Math.floor(k / n), k % n));
    expectClose(solveCholesky(matrix, right(n))!, solution);
    expect(solveCholesky(Float64Array.from([1, 2, 2, 1]), [1, 1])).toBeNull();
  });
});
