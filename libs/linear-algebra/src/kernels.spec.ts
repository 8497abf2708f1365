import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { exponentials } from './exponentials.js';
import { factorise, invertFactorised, logDeterminant, solveFactorised, solveTransposed } from './factorisation.js';
import { kernelsSourceSha256 } from './kernels/kernels.generated.js';
import {
  columnSquares,
  differenceSums,
  maternCovariance,
  maternCrossCovariance,
  weighSlopes,
  weightedRows,
} from './matern.js';
import { solveCholesky } from './solve-cholesky.js';
import { type Matrix, type Workspace, withResident, withWorkspace } from './workspace.js';

const orders = [1, 2, 3, 4, 5, 8, 17, 63, 64, 65, 100, 130, 200];
const random = createRandom(5);
const normals = (count: number) => Float64Array.from({ length: count }, () => random.normal());

/** B B' / n + I, row-major. */
function positiveDefinite(n: number): Float64Array {
  const b = normals(n * n);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < n; k++) sum += (b[i * n + k]! * b[j * n + k]!) / n;
    return sum;
  });
}

function load(workspace: Workspace, rows: number, columns: number, values: ArrayLike<number>): Matrix {
  const matrix = workspace.matrix(rows, columns);
  const view = workspace.view(matrix);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) view[i * matrix.stride + j] = values[i * columns + j]!;
  return matrix;
}

const at = (workspace: Workspace, matrix: Matrix) => {
  const view = workspace.view(matrix);
  return (i: number, j: number) => view[i * matrix.stride + j]!;
};

describe('the kernels', () => {
  it('are built from the source beside them', () => {
    const source = readFileSync(new URL('./kernels/kernels.c', import.meta.url));
    expect(createHash('sha256').update(source).digest('hex')).toBe(kernelsSourceSha256);
  });

  it.each(orders)('factorise, solve and invert a matrix of order %i', (n) => {
    const a = positiveDefinite(n);
    const b = normals(n);
    const many = normals(n * 7);
    withWorkspace((workspace) => {
      const u = load(workspace, n, n, a);
      expect(factorise(workspace, u)).toBe(-1);
      const factor = at(workspace, u);
      let worst = 0;
      for (let i = 0; i < n; i++) {
        for (let j = i; j < n; j++) {
          let sum = 0;
          for (let k = 0; k <= i; k++) sum += factor(k, i) * factor(k, j);
          worst = Math.max(worst, Math.abs(sum - a[i * n + j]!));
        }
      }
      expect(worst).toBeLessThan(1e-13);

      const x = workspace.vector(n, b);
      solveFactorised(workspace, u, x);
      const expected = solveCholesky(a.slice(), b)!;
      for (let i = 0; i < n; i++) expect(workspace.view(x)[i]).toBeCloseTo(expected[i]!, 11);

      const v = load(workspace, n, 7, many);
      solveTransposed(workspace, u, v);
      const solved = at(workspace, v);
      worst = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < 7; j++) {
          let sum = 0;
          for (let k = 0; k <= i; k++) sum += at(workspace, u)(k, i) * solved(k, j);
          worst = Math.max(worst, Math.abs(sum - many[i * 7 + j]!));
        }
      }
      expect(worst).toBeLessThan(1e-12);
      const squares = columnSquares(workspace, v);
      for (let j = 0; j < 7; j++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += at(workspace, v)(i, j) ** 2;
        expect(squares[j]! / sum).toBeCloseTo(1, 12);
      }

      const inverse = workspace.matrix(n, n);
      invertFactorised(workspace, u, workspace.matrix(n, n), inverse);
      const p = at(workspace, inverse);
      worst = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = i === j ? -1 : 0;
          for (let k = 0; k < n; k++) sum += a[i * n + k]! * p(Math.min(k, j), Math.max(k, j));
          worst = Math.max(worst, Math.abs(sum));
        }
      }
      expect(worst).toBeLessThan(1e-11);
      let log = 0;
      for (let i = 0; i < n; i++) log += 2 * Math.log(at(workspace, u)(i, i));
      expect(logDeterminant(workspace, u)).toBeCloseTo(log, 11);
    });
  });

  it.each([
    [3, 1],
    [70, 66],
  ])('report the first bad pivot of order %i', (n, bad) => {
    const a = positiveDefinite(n);
    a[bad * n + bad] = -1;
    withWorkspace((workspace) => expect(factorise(workspace, load(workspace, n, n, a))).toBe(bad));
    a[bad * n + bad] = Number.NaN;
    withWorkspace((workspace) => expect(factorise(workspace, load(workspace, n, n, a))).toBe(bad));
  });

  it('have an exponential within one unit in the last place', () => {
    const values = Float64Array.from({ length: 40001 }, (_, i) => (i < 30000 ? -708 + i * 0.0472 : -(i - 30000) / 1e4));
    const ours = exponentials(values);
    let worst = 0;
    values.forEach((x, i) => {
      worst = Math.max(worst, Math.abs(ours[i]! / Math.exp(x) - 1));
    });
    expect(worst).toBeLessThan(4.5e-16);
    expect([...exponentials([0, -708.5, -1e300, Number.NEGATIVE_INFINITY, -0])]).toEqual([1, 0, 0, 0, 1]);
    expect(exponentials([Number.NaN])[0]).toBeNaN();
  });

  it.each([
    [5, 17, 9],
    [37, 3, 20],
    [66, 1, 4],
  ])('give the Matern covariance of %i points in %i coordinates, its slopes and its gradient', (n, m, q) => {
    const x = normals(n * m);
    const y = normals(q * m);
    const alpha = normals(n);
    const squared = (a: Float64Array, i: number, ca: number, b: Float64Array, j: number, cb: number) => {
      let sum = 0;
      for (let d = 0; d < m; d++) sum += (a[d * ca + i]! - b[d * cb + j]!) ** 2;
      return sum;
    };
    const matern = (r2: number) => {
      const s = Math.sqrt(5 * r2);
      return 1.7 * (1 + s + (s * s) / 3) * Math.exp(-s);
    };
    withWorkspace((workspace) => {
      const points = load(workspace, m, n, x);
      const k = workspace.matrix(n, n);
      const slopes = workspace.matrix(n, n);
      maternCovariance(workspace, points, { variance: 1.7, nugget: 0.01 }, k, slopes);
      const step = 1e-5;
      for (let i = 0; i < n; i++) {
        for (let j = i; j < n; j++) {
          const r2 = squared(x, i, n, x, j, n);
          expect(at(workspace, k)(i, j)).toBeCloseTo(matern(r2) + (i === j ? 0.01 : 0), 13);
          if (r2 > 0.01) {
            const slope = (matern(r2 + step) - matern(r2 - step)) / (2 * step);
            expect(at(workspace, slopes)(i, j)).toBeCloseTo(-2 * slope, 7);
          }
        }
      }
      const cross = workspace.matrix(n, q);
      maternCrossCovariance(workspace, points, load(workspace, m, q, y), 1.7, cross);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < q; j++) {
          expect(at(workspace, cross)(i, j)).toBeCloseTo(matern(squared(x, i, n, y, j, q)), 13);
        }
      }
      const sums = weightedRows(workspace, cross, workspace.vector(n, alpha));
      for (let j = 0; j < q; j++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += alpha[i]! * at(workspace, cross)(i, j);
        expect(sums[j]).toBeCloseTo(sum, 11);
      }
      const inverse = load(workspace, n, n, positiveDefinite(n));
      const z = load(workspace, m, n, normals(n * m));
      const expected = new Float64Array(m);
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
          const weight = (alpha[i]! * alpha[j]! - at(workspace, inverse)(i, j)) * at(workspace, slopes)(i, j);
          for (let d = 0; d < m; d++) {
            const moved = at(workspace, z)(d, i) - at(workspace, z)(d, j);
            expected[d] = expected[d]! + weight * (x[d * n + i]! - x[d * n + j]!) * moved;
          }
        }
      }
      weighSlopes(workspace, inverse, workspace.vector(n, alpha), slopes);
      differenceSums(workspace, points, z, slopes).forEach((sum, d) => {
        expect(sum).toBeCloseTo(expected[d]!, 9);
      });
    });
  });
});

describe('the workspace', () => {
  it('keeps a resident’s blocks until somebody else works', () => {
    const owner = {};
    let prepared = 0;
    const prepare = (workspace: Workspace) => {
      prepared++;
      return workspace.vector(3, [1, 2, 3]);
    };
    const read = () =>
      withResident(owner, prepare, (workspace, vector) => {
        workspace.vector(1000).address;
        return [...workspace.view(vector).subarray(0, 3)];
      });
    expect([read(), read(), read()]).toEqual([1, 2, 3].map(() => [1, 2, 3]));
    expect(prepared).toBe(1);
    withWorkspace((workspace) => workspace.vector(8, [9, 9, 9, 9, 9, 9, 9, 9]));
    expect(read()).toEqual([1, 2, 3]);
    expect(prepared).toBe(2);
    expect(withResident({}, prepare, () => prepared)).toBe(3);
    expect(read()).toEqual([1, 2, 3]);
    expect(prepared).toBe(4);
  });

  it('refuses to be shared by two pieces of work at once, and is free again after a failure', () => {
    expect(() => withWorkspace(() => withWorkspace(() => 0))).toThrow(/in use/);
    expect(() =>
      withWorkspace(() => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(withWorkspace(() => 1)).toBe(1);
  });

  it('grows to what is asked and gives large memory back', () => {
    const big = withWorkspace((workspace) => {
      const matrix = workspace.matrix(4700, 4700);
      const view = workspace.view(matrix);
      return [view[0], view.at(-1), workspace.bytes > 1.7e8];
    });
    expect(big).toEqual([0, 0, true]);
    expect(withWorkspace((workspace) => workspace.bytes)).toBeLessThan(1e7);
  });
});
