export { exponentials } from './exponentials.js';
export { factorise, invertFactorised, logDeterminant, solveFactorised, solveTransposed } from './factorisation.js';
export {
  type Covariance,
  columnSquares,
  differenceSums,
  maternCovariance,
  maternCrossCovariance,
  weighSlopes,
  weightedRows,
} from './matern.js';
export { solveCholesky } from './solve-cholesky.js';
export { type Matrix, type Workspace, withResident, withWorkspace } from './workspace.js';
