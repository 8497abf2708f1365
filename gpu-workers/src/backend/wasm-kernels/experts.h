// Mixtures of experts.
#pragma once
#include "products.h"

// Routed experts: rows are tokens sorted by expert, R of them; indices are checked by the caller.

// out [R, D] = row rows[r] of x times scales[r].
EXPORT(gather_scaled_rows)(int R, int D, const f32 *x, const int32_t *rows, const f32 *scales, f32 *out) {
  for (int r = 0; r < R; r++, out += D) {
    const f32 *from = x + rows[r] * D;
    int j = 0;
    for (; j + 4 <= D; j += 4) store(out + j, mul(load(from + j), splat(scales[r])));
    for (; j < D; j++) out[j] = from[j] * scales[r];
  }
}

// out [M, D] = base, and to row m rows slots[m, 0 .. K - 1] of y are added in this order, times scales[m, k] or 1.
EXPORT(combine_rows)(int M, int K, int D, const f32 *y, const int32_t *slots, const f32 *scales, const f32 *base,
                     f32 *out) {
  for (int m = 0; m < M; m++, slots += K, base += D, out += D) {
    copy_row(base, out, D);
    for (int k = 0; k < K; k++) {
      const f32 *row = y + slots[k] * D;
      f32 scale = scales ? scales[m * K + k] : 1.0f;
      int j = 0;
      for (; j + 4 <= D; j += 4) store(out + j, muladd(load(row + j), splat(scale), load(out + j)));
      for (; j < D; j++) out[j] += row[j] * scale;
    }
  }
}

// out [R]: row r of y times row rows[r] of x.
EXPORT(row_products)(int R, int D, const f32 *y, const f32 *x, const int32_t *rows, f32 *out) {
  for (int r = 0; r < R; r++, y += D) {
    const f32 *row = x + rows[r] * D;
    v4 sums = splat(0.0f);
    int j = 0;
    for (; j + 4 <= D; j += 4) sums = muladd(load(y + j), load(row + j), sums);
    f32 sum = lanes_sum(sums);
    for (; j < D; j++) sum += y[j] * row[j];
    out[r] = sum;
  }
}

// matmul_transposed_a of an expert's rows, of which there may be none.
EXPORT(matmul_transposed_a_or_zeros)(int M, int N, int K, const f32 *A, const f32 *B, f32 *out, f32 *scratch) {
  if (K > 0) matmul_transposed_a(M, N, K, A, B, out, scratch);
  else __builtin_memset(out, 0, (unsigned)(M * N) * sizeof(f32));
}
