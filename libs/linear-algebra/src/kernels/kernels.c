// Float64 kernels for symmetric positive definite matrices and Gaussian processes. scripts/build-kernels.mjs builds
// kernels.generated.ts from them. 128-bit SIMD, no threads, no libc, no contraction: every sum has one fixed order, so
// the same inputs give the same bits on every machine.
//
// Layout: all matrices are row-major with a stride `ld`; every size and stride is a multiple of 4, which the caller
// reaches by padding (a factorised matrix with an identity block, points with columns of zeros). No kernel checks a
// bound. Points are stored one coordinate per row, so that neighbouring points lie side by side.
//
// Letters: n order of the matrix, q right sides, m coordinates, U the upper factor: A = U'U.
// Reference: the blocked algorithms of LAPACK's dpotrf, dtrtri and dlauum; Rasmussen and Williams 2006, (5.9).
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(type, name) __attribute__((export_name(#name), visibility("default"))) type name
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// Rows of a block: a packed strip of 4 columns then takes 2 KiB, and a panel of 512 columns a quarter of a megabyte.
#define BLOCK 64

typedef double f64;
typedef v128_t v2;

INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE v2 load(const f64 *p) { return wasm_v128_load(p); }
INLINE void store(f64 *p, v2 x) { wasm_v128_store(p, x); }
INLINE v2 both(const f64 *p) { return wasm_v128_load64_splat(p); }
INLINE v2 splat(f64 x) { return wasm_f64x2_splat(x); }
INLINE v2 add(v2 a, v2 b) { return wasm_f64x2_add(a, b); }
INLINE v2 sub(v2 a, v2 b) { return wasm_f64x2_sub(a, b); }
INLINE v2 mul(v2 a, v2 b) { return wasm_f64x2_mul(a, b); }
INLINE f64 lanes_sum(v2 x) { return wasm_f64x2_extract_lane(x, 0) + wasm_f64x2_extract_lane(x, 1); }

// ------------------------------------------------------------------------------------------------ products of strips

// Copies `count` rows of 4 columns into a contiguous strip.
INLINE void pack(int count, const f64 *A, int ld, f64 *strip) {
  for (int k = 0; k < count; k++, A += ld, strip += 4) {
    store(strip, load(A));
    store(strip + 2, load(A + 2));
  }
}

// C (4 x 4) += sign A'B over packed strips of `count` rows.
INLINE void tile(const int subtract, int count, const f64 *A, const f64 *B, f64 *C, int ld) {
  v2 s00 = load(C), s01 = load(C + 2), s10 = load(C + ld), s11 = load(C + ld + 2);
  v2 s20 = load(C + 2 * ld), s21 = load(C + 2 * ld + 2), s30 = load(C + 3 * ld), s31 = load(C + 3 * ld + 2);
  for (int k = 0; k < count; k++, A += 4, B += 4) {
    v2 b0 = load(B), b1 = load(B + 2);
    v2 a0 = both(A), a1 = both(A + 1), a2 = both(A + 2), a3 = both(A + 3);
#define STEP(sum, a, b) sum = subtract ? sub(sum, mul(a, b)) : add(sum, mul(a, b))
    STEP(s00, a0, b0); STEP(s01, a0, b1);
    STEP(s10, a1, b0); STEP(s11, a1, b1);
    STEP(s20, a2, b0); STEP(s21, a2, b1);
    STEP(s30, a3, b0); STEP(s31, a3, b1);
#undef STEP
  }
  store(C, s00); store(C + 2, s01); store(C + ld, s10); store(C + ld + 2, s11);
  store(C + 2 * ld, s20); store(C + 2 * ld + 2, s21); store(C + 3 * ld, s30); store(C + 3 * ld + 2, s31);
}

// Packs columns [from, to) of `count` rows as consecutive strips.
static void pack_panel(int count, const f64 *A, int ld, int from, int to, f64 *panel) {
  for (int j = from; j < to; j += 4, panel += 4 * count) pack(count, A + j, ld, panel);
}

// C (M x N) -= A'B: A is a packed panel of M / 4 strips, B rows of N columns, packed strip by strip into `strip`.
static void subtract_product(int M, int N, int count, const f64 *panel, const f64 *B, int ldb, f64 *C, int ldc,
                             f64 *strip) {
  for (int j = 0; j < N; j += 4) {
    pack(count, B + j, ldb, strip);
    const f64 *a = panel;
    for (int i = 0; i < M; i += 4, a += 4 * count) tile(1, count, a, strip, C + i * ldc + j, ldc);
  }
}

// ---------------------------------------------------------------------------------------------------- triangular solves

// X (rows x 4) of a diagonal block, in place: solves U'X = B for one strip of 4 right sides. `panel` holds the block's
// strips, `strip` receives the solution packed.
INLINE void solve_strip(int rows, const f64 *U, int ldu, const f64 *panel, f64 *B, int ldb, f64 *strip) {
  for (int i = 0; i < rows; i += 4) {
    f64 *x = B + i * ldb;
    tile(1, i, panel + i * rows, strip, x, ldb);
    for (int r = 0; r < 4; r++) {
      v2 x0 = load(x + r * ldb), x1 = load(x + r * ldb + 2);
      for (int k = 0; k < r; k++) {
        v2 u = both(U + (i + k) * ldu + i + r);
        x0 = sub(x0, mul(u, load(x + k * ldb)));
        x1 = sub(x1, mul(u, load(x + k * ldb + 2)));
      }
      v2 pivot = both(U + (i + r) * ldu + i + r);
      x0 = wasm_f64x2_div(x0, pivot);
      x1 = wasm_f64x2_div(x1, pivot);
      store(x + r * ldb, x0);
      store(x + r * ldb + 2, x1);
      store(strip + 4 * (i + r), x0);
      store(strip + 4 * (i + r) + 2, x1);
    }
  }
}

// B (n x q) becomes the solution X of U'X = B, rows from `first` (a multiple of BLOCK) on; those before are zero.
// scratch: BLOCK * (n + 4) values.
static void forward(int n, int q, int first, const f64 *U, int ldu, f64 *B, int ldb, f64 *scratch) {
  f64 *strip = scratch, *panel = scratch + 4 * BLOCK;
  for (int b = first; b < n; b += BLOCK) {
    int rows = smaller(BLOCK, n - b), rest = n - b - rows;
    const f64 *diagonal = U + b * ldu + b;
    pack_panel(rows, U + b * ldu, ldu, b, b + rows, panel);
    for (int j = 0; j < q; j += 4) solve_strip(rows, diagonal, ldu, panel, B + b * ldb + j, ldb, strip);
    if (rest == 0) break;
    pack_panel(rows, U + b * ldu, ldu, b + rows, n, panel);
    subtract_product(rest, q, rows, panel, B + b * ldb, ldb, B + (b + rows) * ldb, ldb, strip);
  }
}

EXPORT(void, solve_transposed)(int n, int q, const f64 *U, int ldu, f64 *B, int ldb, f64 *scratch) {
  forward(n, q, 0, U, ldu, B, ldb, scratch);
}

// The same for one right side, b of n values.
EXPORT(void, solve_transposed_vector)(int n, const f64 *U, int ldu, f64 *b) {
  for (int k = 0; k < n; k++) {
    f64 x = b[k] / U[k * ldu + k];
    b[k] = x;
    int j = k + 1;
    for (; j & 3 && j < n; j++) b[j] -= x * U[k * ldu + j];
    v2 x2 = splat(x);
    for (; j < n; j += 4) {
      store(b + j, sub(load(b + j), mul(x2, load(U + k * ldu + j))));
      store(b + j + 2, sub(load(b + j + 2), mul(x2, load(U + k * ldu + j + 2))));
    }
  }
}

// b becomes the solution x of U x = b.
EXPORT(void, solve_vector)(int n, const f64 *U, int ldu, f64 *b) {
  for (int k = n - 1; k >= 0; k--) {
    const f64 *row = U + k * ldu;
    f64 head = 0;
    int j = k + 1;
    for (; j & 3 && j < n; j++) head += row[j] * b[j];
    v2 s0 = splat(0), s1 = splat(0);
    for (; j < n; j += 4) {
      s0 = add(s0, mul(load(row + j), load(b + j)));
      s1 = add(s1, mul(load(row + j + 2), load(b + j + 2)));
    }
    b[k] = (b[k] - (head + lanes_sum(add(s0, s1)))) / row[k];
  }
}

// ------------------------------------------------------------------------------------------ factorisation and inverse

// A diagonal block, whose upper triangle is given. Returns the row of the first pivot that is not positive, or -1.
INLINE int factorise_block(int rows, f64 *A, int ld) {
  for (int k = 0; k < rows; k++) {
    f64 pivot = A[k * ld + k];
    if (!(pivot > 0)) return k;
    pivot = __builtin_sqrt(pivot);
    // A pivot of infinity or NaN is no factor either.
    if (!(pivot <= 1.7976931348623157e308)) return k;
    A[k * ld + k] = pivot;
    for (int j = k + 1; j < rows; j++) A[k * ld + j] /= pivot;
    for (int i = k + 1; i < rows; i++) {
      f64 a = A[k * ld + i];
      v2 a2 = splat(a);
      int j = i & ~3;  // entries left of the diagonal are changed too; nothing reads them
      for (; j < rows; j += 4) {
        store(A + i * ld + j, sub(load(A + i * ld + j), mul(a2, load(A + k * ld + j))));
        store(A + i * ld + j + 2, sub(load(A + i * ld + j + 2), mul(a2, load(A + k * ld + j + 2))));
      }
    }
  }
  return -1;
}

// The upper triangle of A becomes U with A = U'U; what lies below the diagonal is undefined before and after. Returns
// the row of the first pivot that is not positive, or -1. scratch: BLOCK * (n + 4) values.
EXPORT(int, factorise)(int n, f64 *A, int ld, f64 *scratch) {
  f64 *strip = scratch, *panel = scratch + 4 * BLOCK;
  for (int b = 0; b < n; b += BLOCK) {
    int rows = smaller(BLOCK, n - b);
    f64 *diagonal = A + b * ld + b;
    int failed = factorise_block(rows, diagonal, ld);
    if (failed >= 0) return b + failed;
    if (b + rows == n) break;
    pack_panel(rows, A + b * ld, ld, b, b + rows, panel);
    for (int j = b + rows; j < n; j += 4) solve_strip(rows, diagonal, ld, panel, A + b * ld + j, ld, strip);
    pack_panel(rows, A + b * ld, ld, b + rows, n, panel);
    const f64 *right = panel;
    for (int j = b + rows; j < n; j += 4, right += 4 * rows) {
      const f64 *left = panel;
      for (int i = b + rows; i <= j; i += 4, left += 4 * rows) tile(1, rows, left, right, A + i * ld + j, ld);
    }
  }
  return -1;
}

// out (n x n), upper triangle only: the inverse of A = U'U. T (n x n) receives the inverse of U', whose blocks above
// the diagonal are left undefined. scratch: BLOCK * (n + 4) values.
EXPORT(void, invert)(int n, const f64 *U, int ldu, f64 *T, int ldt, f64 *out, int ldo, f64 *scratch) {
  for (int c = 0; c < n; c += BLOCK) {
    int columns = smaller(BLOCK, n - c);
    for (int i = c; i < n; i++)
      for (int j = 0; j < columns; j += 2) store(T + i * ldt + c + j, splat(0));
    for (int j = 0; j < columns; j++) T[(c + j) * ldt + c + j] = 1;
    forward(n, columns, c, U, ldu, T + c, ldt, scratch);
  }
  // A^-1 = T'T with T lower triangular: row block b of T adds to the columns before its end.
  f64 *panel = scratch + 4 * BLOCK;
  for (int b = 0; b < n; b += BLOCK) {
    int rows = smaller(BLOCK, n - b), end = b + rows;
    for (int i = 0; i < end; i++)
      for (int j = i < b ? b : (i & ~3); j < end; j += 2) store(out + i * ldo + j, splat(0));
    pack_panel(rows, T + b * ldt, ldt, 0, end, panel);
    const f64 *right = panel;
    for (int j = 0; j < end; j += 4, right += 4 * rows) {
      const f64 *left = panel;
      for (int i = 0; i <= j; i += 4, left += 4 * rows) tile(0, rows, left, right, out + i * ldo + j, ldo);
    }
  }
}

// ---------------------------------------------------------------------------------------------- exponential and Matern

// e^x within 1 unit in the last place: x = k ln 2 + r with ln 2 in two parts, Taylor's polynomial of degree 13 in r,
// |r| <= 0.35, remainder below 5e-18. 0 below -708, clamped above 709; NaN stays NaN.
INLINE v2 exp2lanes(v2 x) {
  const v2 shift = splat(6755399441055744.0);  // 1.5 * 2^52: adding it leaves the nearest integer in the low bits
  v2 clamped = wasm_f64x2_pmax(wasm_f64x2_pmin(x, splat(709.0)), splat(-708.0));
  v2 t = add(mul(clamped, splat(1.4426950408889634)), shift);
  v2 k = sub(t, shift);
  v2 r = sub(sub(clamped, mul(k, splat(6.93147180369123816490e-01))), mul(k, splat(1.90821492927058770002e-10)));
  v2 s = mul(r, r);
  // Even and odd powers apart: two shorter chains of dependent steps.
  v2 even = splat(1.0 / 479001600);
  even = add(mul(even, s), splat(1.0 / 3628800));
  even = add(mul(even, s), splat(1.0 / 40320));
  even = add(mul(even, s), splat(1.0 / 720));
  even = add(mul(even, s), splat(1.0 / 24));
  even = mul(add(mul(even, s), splat(0.5)), s);
  v2 odd = splat(1.0 / 6227020800);
  odd = add(mul(odd, s), splat(1.0 / 39916800));
  odd = add(mul(odd, s), splat(1.0 / 362880));
  odd = add(mul(odd, s), splat(1.0 / 5040));
  odd = add(mul(odd, s), splat(1.0 / 120));
  odd = mul(mul(add(mul(odd, s), splat(1.0 / 6)), s), r);
  v2 p = add(splat(1.0), add(r, add(even, odd)));
  v2 power = wasm_i64x2_shl(wasm_i64x2_add(t, wasm_i64x2_splat(1023)), 52);
  v2 value = mul(p, power);
  return wasm_v128_andnot(value, wasm_f64x2_lt(x, splat(-708.0)));
}

EXPORT(void, exponentials)(int count, f64 *x) {
  for (int i = 0; i < count; i += 2) store(x + i, exp2lanes(load(x + i)));
}

// row[j] = |x - y_j|^2 for columns [from, q), q a multiple of 4.
INLINE void distances_row(int q, int m, int from, const f64 *X, int ldx, const f64 *Y, int ldy, f64 *row) {
  int j = from & ~3;
  for (; j + 8 <= q; j += 8) {
    v2 s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
    for (int d = 0; d < m; d++) {
      v2 x = both(X + d * ldx);
      const f64 *y = Y + d * ldy + j;
      v2 d0 = sub(load(y), x), d1 = sub(load(y + 2), x), d2 = sub(load(y + 4), x), d3 = sub(load(y + 6), x);
      s0 = add(s0, mul(d0, d0)); s1 = add(s1, mul(d1, d1)); s2 = add(s2, mul(d2, d2)); s3 = add(s3, mul(d3, d3));
    }
    store(row + j, s0); store(row + j + 2, s1); store(row + j + 4, s2); store(row + j + 6, s3);
  }
  for (; j < q; j += 4) {
    v2 s0 = splat(0), s1 = splat(0);
    for (int d = 0; d < m; d++) {
      v2 x = both(X + d * ldx);
      v2 d0 = sub(load(Y + d * ldy + j), x), d1 = sub(load(Y + d * ldy + j + 2), x);
      s0 = add(s0, mul(d0, d0)); s1 = add(s1, mul(d1, d1));
    }
    store(row + j, s0); store(row + j + 2, s1);
  }
}

// Squared distances become variance * k(r) with k(r) = (1 + s + s^2 / 3) e^-s, s = sqrt(5) r; where asked for, slopes
// receive -2 variance dk/d(r^2) = variance * 5/3 (1 + s) e^-s.
INLINE void matern_row(int q, int from, f64 variance, f64 *row, f64 *slopes) {
  const v2 root5 = splat(2.23606797749979), one = splat(1.0), third = splat(1.0 / 3), five = splat(5.0 / 3);
  v2 scale = splat(variance);
  for (int j = from & ~3; j < q; j += 2) {
    v2 s = mul(root5, wasm_f64x2_sqrt(load(row + j)));
    v2 decay = mul(scale, exp2lanes(wasm_f64x2_neg(s)));
    v2 linear = add(one, s);
    store(row + j, mul(add(linear, mul(mul(s, s), third)), decay));
    if (slopes) store(slopes + j, mul(mul(five, linear), decay));
  }
}

// K (n x q) = variance * Matern-5/2 of the points X (m x n) and Y (m x q). With `symmetric`, X and Y are the same and
// only the upper triangle is filled, its slopes too where asked for (0 for none), and `nugget` is added on the diagonal.
EXPORT(void, matern52)(int n, int q, int m, const f64 *X, int ldx, const f64 *Y, int ldy, f64 variance, f64 *K, int ldk,
                       int symmetric, f64 *slopes, f64 nugget) {
  for (int i = 0; i < n; i++) {
    int from = symmetric ? i : 0;
    distances_row(q, m, from, X + i, ldx, Y, ldy, K + i * ldk);
    matern_row(q, from, variance, K + i * ldk, slopes ? slopes + i * ldk : 0);
    if (symmetric) K[i * ldk + i] += nugget;
  }
}

// out[d] = sum over i < j of (alpha_i alpha_j - inverse_ij) slopes_ij (x_id - x_jd) (z_id - z_jd): what the derivative of
// a marginal likelihood is made of, by the logarithm of each length scale where Z is X, and by a parameter that moves
// the points by -Z. Both matrices by their upper triangle; `weigh_slopes` has put the product of the first two factors
// into the second. n counts the points, without padding.
EXPORT(void, difference_sums)(int n, int padded, int m, const f64 *X, const f64 *Z, int ldx, const f64 *H, int ld,
                              f64 *out) {
  for (int d = 0; d < m; d++) out[d] = 0;
  for (int i = 0; i < n; i++) {
    const f64 *h = H + i * ld;
    int from = i & ~3;
    for (int d = 0; d < m; d++) {
      const f64 *x = X + d * ldx, *z = Z + d * ldx;
      v2 xi = both(x + i), zi = both(z + i), s0 = splat(0), s1 = splat(0);
      for (int j = from; j < padded; j += 4) {
        v2 d0 = sub(load(x + j), xi), d1 = sub(load(x + j + 2), xi);
        v2 e0 = sub(load(z + j), zi), e1 = sub(load(z + j + 2), zi);
        s0 = add(s0, mul(mul(d0, e0), load(h + j)));
        s1 = add(s1, mul(mul(d1, e1), load(h + j + 2)));
      }
      out[d] += lanes_sum(add(s0, s1));
    }
  }
}

// slopes_ij *= alpha_i alpha_j - inverse_ij above the diagonal, 0 on it, below it within its strip, and in the padding.
EXPORT(void, weigh_slopes)(int n, int padded, const f64 *inverse, const f64 *alpha, f64 *slopes, int ld) {
  for (int i = 0; i < n; i++) {
    f64 *h = slopes + i * ld;
    const f64 *p = inverse + i * ld;
    int from = i & ~3;
    v2 a = both(alpha + i);
    for (int j = from; j < padded; j += 2) store(h + j, mul(load(h + j), sub(mul(a, load(alpha + j)), load(p + j))));
    for (int j = from; j <= i; j++) h[j] = 0;
    for (int j = n; j < padded; j++) h[j] = 0;
  }
}

// ------------------------------------------------------------------------------------------------------- column sums

// out (q) = K'w for K (n x q).
EXPORT(void, weighted_rows)(int n, int q, const f64 *K, int ldk, const f64 *w, f64 *out) {
  for (int j = 0; j < q; j += 4) {
    v2 s0 = splat(0), s1 = splat(0);
    for (int i = 0; i < n; i++) {
      v2 a = both(w + i);
      s0 = add(s0, mul(a, load(K + i * ldk + j)));
      s1 = add(s1, mul(a, load(K + i * ldk + j + 2)));
    }
    store(out + j, s0);
    store(out + j + 2, s1);
  }
}

// out (q) = the sums of squares of the columns of V (n x q).
EXPORT(void, column_squares)(int n, int q, const f64 *V, int ldv, f64 *out) {
  for (int j = 0; j < q; j += 4) {
    v2 s0 = splat(0), s1 = splat(0);
    for (int i = 0; i < n; i++) {
      v2 a = load(V + i * ldv + j), b = load(V + i * ldv + j + 2);
      s0 = add(s0, mul(a, a));
      s1 = add(s1, mul(b, b));
    }
    store(out + j, s0);
    store(out + j + 2, s1);
  }
}
