/** Fewer common rows than this say nothing about a correlation. */
const MINIMUM_ROWS = 5;

/**
 * Correlation between targets of the standardised out-of-fold errors, T rows of T values: uncentred, since the errors
 * of an honest fit have mean 0, over the rows where both are measured. 1 where there is too little to tell: then the
 * standard error of a mean is taken as large as it can be.
 * @param predicted T columns of n out-of-fold predictions, NaN where not measured
 * @param errors T columns of their standard errors
 */
export function correlateErrors(
  predicted: readonly Float64Array[],
  measured: readonly Float64Array[],
  errors: readonly Float64Array[],
): Float64Array[] {
  const standardised = predicted.map((column, t) =>
    column.map((value, r) => (errors[t]![r]! > 0 ? (value - measured[t]![r]!) / errors[t]![r]! : Number.NaN)),
  );
  return standardised.map((a, t) =>
    Float64Array.from(standardised, (b, u) => {
      if (t === u) return 1;
      let [ab, aa, bb, rows] = [0, 0, 0, 0];
      for (let r = 0; r < a.length; r++) {
        const [x, y] = [a[r]!, b[r]!];
        if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
        ab += x * y;
        aa += x * x;
        bb += y * y;
        rows += 1;
      }
      return rows >= MINIMUM_ROWS && aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 1;
    }),
  );
}
