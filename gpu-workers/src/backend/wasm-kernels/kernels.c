// Fused float32 kernels for the transformer trainer, run on TensorFlow.js' own WASM heap: every pointer is a tensor's
// memory offset. scripts/build-kernels.mjs builds kernels.generated.ts from them. 128-bit SIMD, no threads, no libc.
//
// Why they exist: of the stock WASM kernels only the plain rank-2 product is fast. Products with a transposed or
// batched operand run at a fourteenth of its speed, and elementwise kernels take about 3 ns an element.
// Every sum has one fixed order, so the same inputs give the same bits.
// Built twice: with RELAXED, a product and its sum are relaxed SIMD's multiply-add, rounded once where the machine can;
// plain for engines without it.
//
// Letters: M rows, N columns, K the summed dimension; T positions, D width, d width of one head. All row-major.
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name), visibility("default"))) void name
#define INLINE static inline __attribute__((always_inline))

// Rows of a product's register tile: with two vectors of columns 12 sums, two vectors of B and one element of A, which
// is what 16 registers hold.
#define ROWS 6

typedef float f32;
typedef v128_t v4;

INLINE int minimum(int a, int b) { return a < b ? a : b; }
INLINE v4 load(const f32 *p) { return wasm_v128_load(p); }
INLINE void store(f32 *p, v4 x) { wasm_v128_store(p, x); }
INLINE v4 splat(f32 x) { return wasm_f32x4_splat(x); }
INLINE v4 add(v4 a, v4 b) { return wasm_f32x4_add(a, b); }
INLINE v4 sub(v4 a, v4 b) { return wasm_f32x4_sub(a, b); }
INLINE v4 mul(v4 a, v4 b) { return wasm_f32x4_mul(a, b); }
// a b + c.
INLINE v4 muladd(v4 a, v4 b, v4 c) {
#ifdef RELAXED
  return (v4)__builtin_wasm_relaxed_madd_f32x4((__f32x4)a, (__f32x4)b, (__f32x4)c);
#else
  return add(mul(a, b), c);
#endif
}
INLINE f32 lanes_sum(v4 x) {
  return (wasm_f32x4_extract_lane(x, 0) + wasm_f32x4_extract_lane(x, 1)) +
         (wasm_f32x4_extract_lane(x, 2) + wasm_f32x4_extract_lane(x, 3));
}

INLINE f32 larger(f32 a, f32 b) { return a > b ? a : b; }
INLINE f32 lanes_largest(v4 x) {
  return larger(larger(wasm_f32x4_extract_lane(x, 0), wasm_f32x4_extract_lane(x, 1)),
                larger(wasm_f32x4_extract_lane(x, 2), wasm_f32x4_extract_lane(x, 3)));
}

// e^x, Cephes' polynomial, within 2 units in the last place; 0 below -87.3, NaN stays NaN.
INLINE v4 exp4(v4 x) {
  x = wasm_f32x4_min(wasm_f32x4_max(x, splat(-87.33654f)), splat(88.37626f));
  v4 n = wasm_f32x4_nearest(mul(x, splat(1.44269504f)));
  v4 r = sub(sub(x, mul(n, splat(0.693359375f))), mul(n, splat(-2.12194440e-4f)));
  v4 p = splat(1.9875691500e-4f);
  p = add(mul(p, r), splat(1.3981999507e-3f));
  p = add(mul(p, r), splat(8.3334519073e-3f));
  p = add(mul(p, r), splat(4.1665795894e-2f));
  p = add(mul(p, r), splat(1.6666665459e-1f));
  p = add(mul(p, r), splat(5.0000001201e-1f));
  p = add(add(mul(mul(p, r), r), r), splat(1.0f));
  v4 power = wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_splat(127)), 23);
  return mul(p, power);
}
INLINE f32 exp1(f32 x) { return wasm_f32x4_extract_lane(exp4(splat(x)), 0); }

// Natural logarithm of a positive number, in double precision through the exponent and an atanh series.
INLINE f32 log1(f32 x) {
  union { f32 f; uint32_t u; } bits = {x};
  int exponent = (int)(bits.u >> 23) - 127;
  bits.u = (bits.u & 0x7fffff) | 0x3f800000;
  double m = bits.f;
  if (m > 1.4142135623730951) { m *= 0.5; exponent += 1; }
  double s = (m - 1.0) / (m + 1.0), q = s * s;
  double series = 1.0 + q * (1.0 / 3 + q * (1.0 / 5 + q * (1.0 / 7 + q * (1.0 / 9 + q * (1.0 / 11 + q / 13)))));
  return (f32)(exponent * 0.6931471805599453 + 2.0 * s * series);
}

// One tile of C = A B (+ C when accumulate): `rows` rows by `vectors` times 4 columns, sums over k.
// aRow and aK are A's strides between rows and along the summed dimension: (lda, 1) is A, (1, lda) its transpose.
INLINE void tile(const int rows, const int vectors, int K, const f32 *A, int aRow, int aK, const f32 *B, int ldb,
                 f32 *C, int ldc, int accumulate) {
  v4 sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) sums[i][j] = splat(0.0f);
  for (int k = 0; k < K; k++) {
    v4 b[2];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) b[j] = load(B + 4 * j);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      v4 a = wasm_v128_load32_splat(A + i * aRow);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sums[i][j] = muladd(a, b[j], sums[i][j]);
    }
    A += aK;
    B += ldb;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      f32 *at = C + i * ldc + 4 * j;
      store(at, accumulate ? add(load(at), sums[i][j]) : sums[i][j]);
    }
}

// The columns that do not fill a vector.
static void tile_scalar(int rows, int columns, int K, const f32 *A, int aRow, int aK, const f32 *B, int ldb, f32 *C,
                        int ldc, int accumulate) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) {
      f32 sum = accumulate ? C[i * ldc + j] : 0.0f;
      for (int k = 0; k < K; k++) sum += A[i * aRow + k * aK] * B[k * ldb + j];
      C[i * ldc + j] = sum;
    }
}

// One function for each size of tile and each order of A: only so do engines keep all sums in registers.
#define TILE(R, V)                                                                                            \
  static __attribute__((noinline)) void tile##R##x##V(int K, const f32 *A, int aRow, int aK, const f32 *B,    \
                                                      int ldb, f32 *C, int ldc, int accumulate) {             \
    if (aK == 1) tile(R, V, K, A, aRow, 1, B, ldb, C, ldc, accumulate);                                       \
    else tile(R, V, K, A, 1, aK, B, ldb, C, ldc, accumulate);                                                 \
  }
#define STRIP(R)                                                                                              \
  TILE(R, 1)                                                                                                  \
  TILE(R, 2)                                                                                                  \
  static void strip##R(int N, int K, const f32 *A, int aRow, int aK, const f32 *B, int ldb, f32 *C, int ldc,  \
                       int accumulate) {                                                                      \
    int n = 0;                                                                                                \
    for (; n + 8 <= N; n += 8) tile##R##x2(K, A, aRow, aK, B + n, ldb, C + n, ldc, accumulate);               \
    for (; n + 4 <= N; n += 4) tile##R##x1(K, A, aRow, aK, B + n, ldb, C + n, ldc, accumulate);               \
    if (n < N) tile_scalar(R, N - n, K, A, aRow, aK, B + n, ldb, C + n, ldc, accumulate);                     \
  }
STRIP(1) STRIP(2) STRIP(3) STRIP(4) STRIP(5) STRIP(6)

// Up to ROWS rows. A lies by rows (aK = 1) or transposed (aRow = 1).
static void product_rows(int rows, int N, int K, const f32 *A, int aRow, int aK, const f32 *B, int ldb, f32 *C,
                         int ldc, int accumulate) {
  switch (rows) {
    case 6: strip6(N, K, A, aRow, aK, B, ldb, C, ldc, accumulate); return;
    case 5: strip5(N, K, A, aRow, aK, B, ldb, C, ldc, accumulate); return;
    case 4: strip4(N, K, A, aRow, aK, B, ldb, C, ldc, accumulate); return;
    case 3: strip3(N, K, A, aRow, aK, B, ldb, C, ldc, accumulate); return;
    case 2: strip2(N, K, A, aRow, aK, B, ldb, C, ldc, accumulate); return;
    case 1: strip1(N, K, A, aRow, aK, B, ldb, C, ldc, accumulate); return;
  }
}

// C [M, N] = A [M, K] B (+ C). The summed dimension goes in blocks, so that the strips in use stay in the first-level
// cache; column strips stay outside row tiles for the same reason.
static void product(int M, int N, int K, const f32 *A, const f32 *B, f32 *C, int accumulate) {
  const int block = 192;
  for (int k = 0; k < K; k += block) {
    int size = minimum(block, K - k);
    for (int n = 0; n < N; n += 8) {
      int columns = minimum(8, N - n);
      for (int m = 0; m < M; m += ROWS)
        product_rows(minimum(ROWS, M - m), columns, size, A + m * K + k, K, 1, B + k * N + n, N, C + m * N + n, N,
                     accumulate || k > 0);
    }
  }
}

// y [columns, rows] = transpose of x [rows, columns], four by four.
static void transpose(int rows, int columns, const f32 *x, int ldx, f32 *y, int ldy) {
  int i = 0;
  for (; i + 4 <= rows; i += 4) {
    int j = 0;
    for (; j + 4 <= columns; j += 4) {
      const f32 *from = x + i * ldx + j;
      f32 *to = y + j * ldy + i;
      v4 a = load(from), b = load(from + ldx), c = load(from + 2 * ldx), e = load(from + 3 * ldx);
      v4 ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), AB = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
      v4 ce = wasm_i32x4_shuffle(c, e, 0, 4, 1, 5), CE = wasm_i32x4_shuffle(c, e, 2, 6, 3, 7);
      store(to, wasm_i64x2_shuffle(ab, ce, 0, 2));
      store(to + ldy, wasm_i64x2_shuffle(ab, ce, 1, 3));
      store(to + 2 * ldy, wasm_i64x2_shuffle(AB, CE, 0, 2));
      store(to + 3 * ldy, wasm_i64x2_shuffle(AB, CE, 1, 3));
    }
    for (; j < columns; j++)
      for (int k = i; k < i + 4; k++) y[j * ldy + k] = x[k * ldx + j];
  }
  for (; i < rows; i++)
    for (int j = 0; j < columns; j++) y[j * ldy + i] = x[i * ldx + j];
}

static void copy(const f32 *x, f32 *y, int n) { __builtin_memcpy(y, x, (unsigned)n * sizeof(f32)); }

// Stock Slice and SplitV take milliseconds for what is one copy.
EXPORT(section)(int n, const f32 *from, f32 *out) { copy(from, out, n); }

// out [M, N] = A [M, K] B [K, N] (+ addend).
EXPORT(matmul)(int M, int N, int K, const f32 *A, const f32 *B, const f32 *addend, f32 *out) {
  if (addend) copy(addend, out, M * N);
  product(M, N, K, A, B, out, addend != 0);
}

// out [M, N] = transpose(A [K, M]) B [K, N]; scratch holds M * K floats.
EXPORT(matmul_transposed_a)(int M, int N, int K, const f32 *A, const f32 *B, f32 *out, f32 *scratch) {
  transpose(K, M, A, M, scratch, K);
  product(M, N, K, scratch, B, out, 0);
}

// out [M, N] = A [M, K] transpose(B [N, K]); scratch holds N * K floats.
EXPORT(matmul_transposed_b)(int M, int N, int K, const f32 *A, const f32 *B, f32 *out, f32 *scratch) {
  transpose(N, K, B, K, scratch, N);
  product(M, N, K, A, scratch, out, 0);
}

// out [M, D] = table[ids]; ids outside the table are the caller's error, checked there.
EXPORT(embed)(int M, int D, const f32 *table, const int32_t *ids, f32 *out) {
  for (int m = 0; m < M; m++) copy(table + ids[m] * D, out + m * D, D);
}

// out [V, D] = base, and gradient's row m is added to row ids[m].
EXPORT(embed_gradient)(int M, int V, int D, const f32 *gradient, const int32_t *ids, const f32 *base, f32 *out) {
  copy(base, out, V * D);
  for (int m = 0; m < M; m++) {
    f32 *row = out + ids[m] * D;
    const f32 *from = gradient + m * D;
    int j = 0;
    for (; j + 4 <= D; j += 4) store(row + j, add(load(row + j), load(from + j)));
    for (; j < D; j++) row[j] += from[j];
  }
}

// y = x * inverse * gain, inverse[m] = 1 / sqrt(mean(x[m]^2) + epsilon).
EXPORT(rms_norm)(int M, int D, f32 epsilon, const f32 *x, const f32 *gain, f32 *y, f32 *inverse) {
  for (int m = 0; m < M; m++, x += D, y += D) {
    v4 squares = splat(0.0f);
    f32 rest = 0.0f;
    int j = 0;
    for (; j + 4 <= D; j += 4) squares = add(squares, mul(load(x + j), load(x + j)));
    for (; j < D; j++) rest += x[j] * x[j];
    f32 scale = 1.0f / __builtin_sqrtf((lanes_sum(squares) + rest) / (f32)D + epsilon);
    inverse[m] = scale;
    for (j = 0; j + 4 <= D; j += 4) store(y + j, mul(mul(load(x + j), splat(scale)), load(gain + j)));
    for (; j < D; j++) y[j] = x[j] * scale * gain[j];
  }
}

// With n = x * inverse: dx = inverse * (dy * gain - n * mean(dy * gain * n)) + residual, dgain = sum over rows of dy * n.
EXPORT(rms_norm_gradient)(int M, int D, const f32 *dy, const f32 *x, const f32 *gain, const f32 *inverse,
                          const f32 *residual, f32 *dx, f32 *dgain) {
  for (int j = 0; j < D; j++) dgain[j] = 0.0f;
  for (int m = 0; m < M; m++, x += D, dy += D, dx += D) {
    f32 scale = inverse[m], rest = 0.0f;
    v4 dots = splat(0.0f);
    int j = 0;
    for (; j + 4 <= D; j += 4) {
      v4 dn = mul(load(dy + j), load(x + j));
      dots = add(dots, mul(dn, load(gain + j)));
      store(dgain + j, add(load(dgain + j), mul(dn, splat(scale))));
    }
    for (; j < D; j++) {
      rest += dy[j] * x[j] * gain[j];
      dgain[j] += dy[j] * x[j] * scale;
    }
    f32 slope = (lanes_sum(dots) + rest) * scale * scale * scale / (f32)D;
    for (j = 0; j + 4 <= D; j += 4) {
      v4 value = sub(mul(mul(load(dy + j), load(gain + j)), splat(scale)), mul(load(x + j), splat(slope)));
      store(dx + j, residual ? add(value, load(residual + j)) : value);
    }
    for (; j < D; j++) dx[j] = dy[j] * gain[j] * scale - x[j] * slope + (residual ? residual[j] : 0.0f);
    if (residual) residual += D;
  }
}

// out [M, F] = silu(hidden[:, :F]) * hidden[:, F:], hidden [M, 2F].
EXPORT(swiglu)(int M, int F, const f32 *hidden, f32 *out) {
  for (int m = 0; m < M; m++, hidden += 2 * F, out += F) {
    int j = 0;
    for (; j + 4 <= F; j += 4) {
      v4 g = load(hidden + j);
      v4 denominator = add(splat(1.0f), exp4(wasm_f32x4_neg(g)));
      store(out + j, mul(wasm_f32x4_div(g, denominator), load(hidden + F + j)));
    }
    for (; j < F; j++) out[j] = hidden[j] / (1.0f + exp1(-hidden[j])) * hidden[F + j];
  }
}

EXPORT(swiglu_gradient)(int M, int F, const f32 *dout, const f32 *hidden, f32 *dhidden) {
  for (int m = 0; m < M; m++, hidden += 2 * F, dhidden += 2 * F, dout += F) {
    int j = 0;
    for (; j + 4 <= F; j += 4) {
      v4 g = load(hidden + j), u = load(hidden + F + j), d = load(dout + j), one = splat(1.0f);
      v4 s = wasm_f32x4_div(one, add(one, exp4(wasm_f32x4_neg(g))));
      v4 silu = mul(g, s);
      store(dhidden + j, mul(mul(d, u), add(s, mul(silu, sub(one, s)))));
      store(dhidden + F + j, mul(d, silu));
    }
    for (; j < F; j++) {
      f32 g = hidden[j], s = 1.0f / (1.0f + exp1(-g));
      dhidden[j] = dout[j] * hidden[F + j] * (s + g * s * (1.0f - s));
      dhidden[F + j] = dout[j] * g * s;
    }
  }
}

// out = max(hidden, 0)^2 over n elements; NaN stays NaN.
EXPORT(relu_squared)(int n, const f32 *hidden, f32 *out) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v4 r = wasm_f32x4_max(load(hidden + j), splat(0.0f));
    store(out + j, mul(r, r));
  }
  for (; j < n; j++) {
    f32 r = hidden[j] < 0.0f ? 0.0f : hidden[j];
    out[j] = r * r;
  }
}

EXPORT(relu_squared_gradient)(int n, const f32 *dout, const f32 *hidden, f32 *dhidden) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v4 r = wasm_f32x4_max(load(hidden + j), splat(0.0f));
    store(dhidden + j, mul(mul(splat(2.0f), r), load(dout + j)));
  }
  for (; j < n; j++) dhidden[j] = 2.0f * (hidden[j] < 0.0f ? 0.0f : hidden[j]) * dout[j];
}

// losses[m] = log sum exp(logits[m]) - logits[m][targets[m]]; dlogits = (softmax - one hot) * scale unless null.
EXPORT(cross_entropy)(int M, int V, f32 scale, const f32 *logits, const int32_t *targets, f32 *losses, f32 *dlogits,
                      f32 *scratch) {
  for (int m = 0; m < M; m++, logits += V) {
    f32 *row = dlogits ? dlogits + m * V : scratch;
    f32 largest = logits[0];
    int j = 0;
    if (V >= 4) {
      v4 largest4 = load(logits);
      for (j = 4; j + 4 <= V; j += 4) largest4 = wasm_f32x4_max(largest4, load(logits + j));
      largest = lanes_largest(largest4);
    }
    for (; j < V; j++) largest = larger(logits[j], largest);
    v4 sums = splat(0.0f);
    f32 sum = 0.0f;
    for (j = 0; j + 4 <= V; j += 4) {
      v4 e = exp4(sub(load(logits + j), splat(largest)));
      store(row + j, e);
      sums = add(sums, e);
    }
    for (; j < V; j++) sum += row[j] = exp1(logits[j] - largest);
    sum += lanes_sum(sums);
    losses[m] = sum == sum ? log1(sum) + largest - logits[targets[m]] : sum;
    if (!dlogits) continue;
    f32 factor = scale / sum;
    for (j = 0; j + 4 <= V; j += 4) store(row + j, mul(load(row + j), splat(factor)));
    for (; j < V; j++) row[j] *= factor;
    row[targets[m]] -= scale;
  }
}

// Rotates the pairs (j, j + d/2) of one head's row by its position's angles; sign -1 is the inverse rotation.
INLINE void rotate(int d, const f32 *x, const f32 *cosines, const f32 *sines, f32 sign, f32 *y) {
  int half = d / 2, j = 0;
  for (; j + 4 <= half; j += 4) {
    v4 a = load(x + j), b = load(x + half + j), c = load(cosines + j), s = mul(load(sines + j), splat(sign));
    store(y + j, sub(mul(a, c), mul(b, s)));
    store(y + half + j, add(mul(a, s), mul(b, c)));
  }
  for (; j < half; j++) {
    f32 a = x[j], b = x[half + j], s = sines[j] * sign;
    y[j] = a * cosines[j] - b * s;
    y[half + j] = a * s + b * cosines[j];
  }
}

// A strip of rows of a causal product whose summed or column dimension ends at the row itself.
INLINE int reach(int row, int T) { return minimum(row + ROWS, T); }

// Copies one head out of qkv [T, 3D]: q, k rotated, q times 1/sqrt(d); v; and the transpose of k (and of v if wanted).
static void gather_head(int T, int D, int d, const f32 *qkv, const f32 *cosines, const f32 *sines, f32 *q, f32 *k,
                        f32 *v, f32 *kT, f32 *vT) {
  v4 scale = splat(1.0f / __builtin_sqrtf((f32)d));
  for (int t = 0; t < T; t++) {
    const f32 *row = qkv + t * 3 * D;
    rotate(d, row, cosines + t * (d / 2), sines + t * (d / 2), 1.0f, q + t * d);
    rotate(d, row + D, cosines + t * (d / 2), sines + t * (d / 2), 1.0f, k + t * d);
    copy(row + 2 * D, v + t * d, d);
    int j = 0;
    for (; j + 4 <= d; j += 4) store(q + t * d + j, mul(load(q + t * d + j), scale));
    for (; j < d; j++) q[t * d + j] *= wasm_f32x4_extract_lane(scale, 0);
  }
  transpose(T, d, k, d, kT, T);
  if (vT) transpose(T, d, v, d, vT, T);
}

// Scores of the rows row .. row + count - 1 against the positions they may see, into S (leading dimension T).
static void causal_scores(int T, int d, int row, int count, const f32 *q, const f32 *kT, f32 *S) {
  int columns = minimum((reach(row, T) + 3) & ~3, T);
  product_rows(count, columns, d, q + row * d, d, 1, kT, T, S + row * T, T, 0);
}

// Causal softmax attention of B sequences, H heads. qkv [B T, 3 D] -> out [B T, D], logsums [B, H, T].
// scratch: T * T + 4 * T * d floats.
EXPORT(attention)(int B, int T, int H, int d, const f32 *qkv, const f32 *cosines, const f32 *sines, f32 *out,
                  f32 *logsums, f32 *scratch) {
  int D = H * d;
  f32 *S = scratch, *q = S + T * T, *k = q + T * d, *v = k + T * d, *kT = v + T * d;
  for (int b = 0; b < B; b++)
    for (int h = 0; h < H; h++) {
      gather_head(T, D, d, qkv + b * T * 3 * D + h * d, cosines, sines, q, k, v, kT, 0);
      for (int row = 0; row < T; row += ROWS) {
        int count = minimum(ROWS, T - row), seen = reach(row, T);
        causal_scores(T, d, row, count, q, kT, S);
        for (int i = row; i < row + count; i++) {
          f32 *p = S + i * T;
          f32 largest = p[0], sum = 0.0f;
          for (int j = 1; j <= i; j++) largest = larger(p[j], largest);
          v4 sums = splat(0.0f);
          int j = 0;
          for (; j + 4 <= i + 1; j += 4) {
            v4 e = exp4(sub(load(p + j), splat(largest)));
            store(p + j, e);
            sums = add(sums, e);
          }
          for (; j <= i; j++) sum += p[j] = exp1(p[j] - largest);
          sum += lanes_sum(sums);
          for (; j < seen; j++) p[j] = 0.0f;
          f32 inverse = 1.0f / sum;
          for (j = 0; j + 4 <= i + 1; j += 4) store(p + j, mul(load(p + j), splat(inverse)));
          for (; j <= i; j++) p[j] *= inverse;
          logsums[(b * H + h) * T + i] = sum == sum ? log1(sum) + largest : sum;
        }
        product_rows(count, d, seen, S + row * T, T, 1, v, d, out + (b * T + row) * D + h * d, D, 0);
      }
    }
}

// dqkv from dout, through probabilities computed again from logsums. scratch: 2 * T * T + 8 * T * d floats.
EXPORT(attention_gradient)(int B, int T, int H, int d, const f32 *dout, const f32 *qkv, const f32 *out,
                           const f32 *logsums, const f32 *cosines, const f32 *sines, f32 *dqkv, f32 *scratch) {
  int D = H * d, size = T * d;
  f32 *P = scratch, *dS = P + T * T, *q = dS + T * T, *k = q + size, *v = k + size, *kT = v + size, *vT = kT + size;
  f32 *dq = vT + size, *dk = dq + size, *dO = dk + size;
  f32 scale = 1.0f / __builtin_sqrtf((f32)d);
  for (int b = 0; b < B; b++)
    for (int h = 0; h < H; h++) {
      gather_head(T, D, d, qkv + b * T * 3 * D + h * d, cosines, sines, q, k, v, kT, vT);
      for (int t = 0; t < T; t++) copy(dout + (b * T + t) * D + h * d, dO + t * d, d);
      for (int row = 0; row < T; row += ROWS) {
        int count = minimum(ROWS, T - row), seen = reach(row, T);
        causal_scores(T, d, row, count, q, kT, P);
        product_rows(count, minimum((seen + 3) & ~3, T), d, dO + row * d, d, 1, vT, T, dS + row * T, T, 0);
        for (int i = row; i < row + count; i++) {
          f32 *p = P + i * T, *ds = dS + i * T;
          const f32 *o = out + (b * T + i) * D + h * d;
          f32 logsum = logsums[(b * H + h) * T + i], delta = 0.0f;
          for (int j = 0; j < d; j++) delta += dO[i * d + j] * o[j];
          int j = 0;
          for (; j + 4 <= i + 1; j += 4) {
            v4 e = exp4(sub(load(p + j), splat(logsum)));
            store(p + j, e);
            store(ds + j, mul(e, sub(load(ds + j), splat(delta))));
          }
          for (; j <= i; j++) {
            p[j] = exp1(p[j] - logsum);
            ds[j] = p[j] * (ds[j] - delta);
          }
          for (; j < seen; j++) p[j] = ds[j] = 0.0f;
        }
        product_rows(count, d, seen, dS + row * T, T, 1, k, d, dq + row * d, d, 0);
      }
      // Column tiles: position j receives from the positions at and after it; above the diagonal, P and dS are 0.
      for (int column = 0; column < T; column += ROWS) {
        int count = minimum(ROWS, T - column), below = T - column;
        product_rows(count, d, below, P + column * T + column, 1, T, dO + column * d, d,
                     dqkv + (b * T + column) * 3 * D + 2 * D + h * d, 3 * D, 0);
        product_rows(count, d, below, dS + column * T + column, 1, T, q + column * d, d, dk + column * d, d, 0);
      }
      for (int t = 0; t < T; t++) {
        f32 *row = dqkv + (b * T + t) * 3 * D + h * d;
        for (int j = 0; j < d; j++) dq[t * d + j] *= scale;
        rotate(d, dq + t * d, cosines + t * (d / 2), sines + t * (d / 2), -1.0f, row);
        rotate(d, dk + t * d, cosines + t * (d / 2), sines + t * (d / 2), -1.0f, row + D);
      }
    }
}

// AdamW with decoupled decay and clipping by the global norm, over flat vectors of n. norm[0] is the norm before
// clipping. step1, step2 are 1 - beta^t; decay holds each parameter's decay coefficient.
EXPORT(adamw)(int n, f32 rate, f32 beta1, f32 beta2, f32 epsilon, f32 step1, f32 step2, f32 clip, const f32 *p,
              const f32 *g, const f32 *m, const f32 *v, const f32 *decay, f32 *p2, f32 *m2, f32 *v2, f32 *norm) {
  double total = 0.0;
  for (int start = 0; start < n; start += 1024) {
    int end = minimum(start + 1024, n), j = start;
    v4 squares = splat(0.0f);
    for (; j + 4 <= end; j += 4) squares = add(squares, mul(load(g + j), load(g + j)));
    f32 rest = 0.0f;
    for (; j < end; j++) rest += g[j] * g[j];
    total += (double)(lanes_sum(squares) + rest);
  }
  f32 length = (f32)__builtin_sqrt(total);
  norm[0] = length;
  f32 shrink = length > clip ? clip / length : 1.0f;
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v4 gradient = mul(load(g + j), splat(shrink));
    v4 first = add(mul(load(m + j), splat(beta1)), mul(gradient, splat(1.0f - beta1)));
    v4 second = add(mul(load(v + j), splat(beta2)), mul(mul(gradient, gradient), splat(1.0f - beta2)));
    v4 root = add(wasm_f32x4_sqrt(wasm_f32x4_div(second, splat(step2))), splat(epsilon));
    v4 update = wasm_f32x4_div(wasm_f32x4_div(first, splat(step1)), root);
    v4 value = load(p + j);
    store(m2 + j, first);
    store(v2 + j, second);
    store(p2 + j, sub(value, mul(splat(rate), add(update, mul(value, load(decay + j))))));
  }
  for (; j < n; j++) {
    f32 gradient = g[j] * shrink;
    m2[j] = m[j] * beta1 + gradient * (1.0f - beta1);
    v2[j] = v[j] * beta2 + gradient * gradient * (1.0f - beta2);
    p2[j] = p[j] - rate * (m2[j] / step1 / (__builtin_sqrtf(v2[j] / step2) + epsilon) + p[j] * decay[j]);
  }
}
