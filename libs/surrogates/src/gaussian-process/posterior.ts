// Predictions of a Gaussian process whose hyper-parameters are known.
//   mean at x      mu + k'alpha
//   variance at x  s2 + v - k'K^-1 k + (1 - 1'K^-1 k)^2 / 1'K^-1 1, the last term for the estimated mean
// Reference: Rasmussen and Williams 2006, (2.25), (2.26), (2.42). Failure mode: none; rounding below v is clipped.
import {
  columnSquares,
  factorise,
  type Matrix,
  maternCovariance,
  maternCrossCovariance,
  solveTransposed,
  type Workspace,
  weightedRows,
  withResident,
  withWorkspace,
} from '#libs/linear-algebra';
import { scalePoints, solveMean } from './marginal-likelihood.js';

/** Everything a posterior is made of: restoring it gives the same bits. */
export interface PosteriorState {
  /** m x n coordinates of the rows it is conditioned on. */
  readonly coordinates: Float64Array;
  /** [log l_1 … log l_m, log s2, log v]. */
  readonly theta: Float64Array;
  readonly mean: number;
  readonly alpha: Float64Array;
  readonly ones: Float64Array;
  readonly precision: number;
}

// Columns of one block of queries: with 512 rows, covariances of a quarter of a megabyte.
const QUERIES = 64;

interface Loaded {
  readonly points: Matrix;
  readonly alpha: Matrix;
  readonly ones: Matrix;
  readonly factor: Matrix | null;
}

/** Conditions on n targets y. Null when the covariance is not positive definite in floating point. */
export function condition(coordinates: Float64Array, y: Float64Array, theta: Float64Array): PosteriorState | null {
  return withWorkspace((workspace) => {
    const points = workspace.matrix(coordinates.length / y.length, y.length);
    const factor = factoriseCovariance(workspace, coordinates, theta, points);
    if (!factor) return null;
    const { mean, alpha, ones, precision } = solveMean(workspace, factor, y);
    return { coordinates, theta, mean, alpha, ones, precision };
  });
}

/** The factor of the covariance of the rows, whose scaled coordinates go to `points`; null when there is none. */
export function factoriseCovariance(
  workspace: Workspace,
  coordinates: Float64Array,
  theta: Float64Array,
  points: Matrix,
): Matrix | null {
  const { columns: n, rows: m } = points;
  const factor = workspace.matrix(n, n);
  scalePoints(workspace, coordinates, theta, points);
  const variance = Math.exp(theta[m]!);
  maternCovariance(workspace, points, { variance, nugget: Math.exp(theta[m + 1]!) }, factor);
  return factorise(workspace, factor) < 0 ? factor : null;
}

export class Posterior {
  private readonly n: number;
  private readonly m: number;
  private readonly variance: number;
  private readonly noise: number;
  // Who holds the workspace: another key once the factor is needed too.
  private owner = {};
  private withFactor = false;
  private factor: Float64Array | null = null;

  constructor(readonly state: PosteriorState) {
    this.n = state.alpha.length;
    this.m = state.coordinates.length / this.n;
    this.variance = Math.exp(state.theta[this.m]!);
    this.noise = Math.exp(state.theta[this.m + 1]!);
  }

  /** Means at the queries, given as one array of m coordinates each. */
  means(queries: readonly ArrayLike<number>[]): Float64Array {
    const means = new Float64Array(queries.length);
    this.eachBlock(queries, (workspace, loaded, covariance, from) => {
      const sums = weightedRows(workspace, covariance, loaded.alpha);
      for (let j = 0; j < sums.length; j++) means[from + j] = this.state.mean + sums[j]!;
    });
    return means;
  }

  /** Means, and variances of a new measurement. */
  meansAndVariances(queries: readonly ArrayLike<number>[]): { means: Float64Array; variances: Float64Array } {
    if (!this.withFactor) {
      this.withFactor = true;
      this.owner = {};
    }
    const means = new Float64Array(queries.length);
    const variances = new Float64Array(queries.length);
    const { mean, precision } = this.state;
    this.eachBlock(queries, (workspace, loaded, covariance, from) => {
      const sums = weightedRows(workspace, covariance, loaded.alpha);
      const ones = weightedRows(workspace, covariance, loaded.ones);
      solveTransposed(workspace, loaded.factor!, covariance);
      const explained = columnSquares(workspace, covariance);
      for (let j = 0; j < sums.length; j++) {
        means[from + j] = mean + sums[j]!;
        const missing = 1 - ones[j]!;
        const latent = this.variance - explained[j]! + (missing * missing) / precision;
        variances[from + j] = Math.max(0, latent) + this.noise;
      }
    });
    return { means, variances };
  }

  private eachBlock(
    queries: readonly ArrayLike<number>[],
    visit: (workspace: Workspace, loaded: Loaded, covariance: Matrix, from: number) => void,
  ): void {
    if (queries.length === 0) return;
    const inverses = Float64Array.from({ length: this.m }, (_, d) => 1 / Math.exp(this.state.theta[d]!));
    withResident(
      this.owner,
      (workspace) => this.load(workspace),
      (workspace, loaded) => {
        for (let from = 0; from < queries.length; from += QUERIES) {
          const count = Math.min(QUERIES, queries.length - from);
          workspace.scope(() => {
            const block = workspace.matrix(this.m, count);
            const covariance = workspace.matrix(this.n, count);
            const view = workspace.view(block);
            for (let j = 0; j < count; j++) {
              const query = queries[from + j]!;
              for (let d = 0; d < this.m; d++) view[d * block.stride + j] = query[d]! * inverses[d]!;
            }
            maternCrossCovariance(workspace, loaded.points, block, this.variance, covariance);
            visit(workspace, loaded, covariance, from);
          });
        }
      },
    );
  }

  private load(workspace: Workspace): Loaded {
    const { coordinates, theta, alpha, ones } = this.state;
    const points = workspace.matrix(this.m, this.n);
    scalePoints(workspace, coordinates, theta, points);
    const blocks = { points, alpha: workspace.vector(this.n, alpha), ones: workspace.vector(this.n, ones) };
    if (!this.withFactor) return { ...blocks, factor: null };
    if (this.factor) {
      const factor = workspace.matrix(this.n, this.n);
      workspace.view(factor).set(this.factor);
      return { ...blocks, factor };
    }
    const factor = factoriseCovariance(workspace, coordinates, theta, points);
    if (!factor) throw new Error('a covariance that was factorised once no longer can be');
    this.factor = workspace.view(factor).slice();
    return { ...blocks, factor };
  }
}
