/**
 * Solves A x = b for a symmetric positive definite A by Cholesky factorisation.
 * @param matrix m x m, row-major; its lower triangle is overwritten by the factor
 * @param right m values
 * @returns x, or null when a pivot is not positive (A is singular or indefinite in floating point)
 */
export function solveCholesky(matrix: Float64Array, right: ArrayLike<number>): Float64Array | null {
  const m = right.length;
  for (let j = 0; j < m; j++) {
    for (let i = j; i < m; i++) {
      let sum = matrix[i * m + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * m + k]! * matrix[j * m + k]!;
      if (i === j) {
        if (!(sum > 0)) return null;
        matrix[j * m + j] = Math.sqrt(sum);
      } else matrix[i * m + j] = sum / matrix[j * m + j]!;
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < m; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= matrix[i * m + k]! * x[k]!;
    x[i] = sum / matrix[i * m + i]!;
  }
  for (let i = m - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < m; k++) sum -= matrix[k * m + i]! * x[k]!;
    x[i] = sum / matrix[i * m + i]!;
  }
  return x;
}
