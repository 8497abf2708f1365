// Embedding lookups and RMS norms.
#pragma once
#include "products.h"

// out [M, D] = table[ids]; ids outside the table are the caller's error, checked there.
EXPORT(embed)(int M, int D, const f32 *table, const int32_t *ids, f32 *out) {
  for (int m = 0; m < M; m++) copy_row(table + ids[m] * D, out + m * D, D);
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

// Sums run in four vectors at once: one alone would wait for its own additions.
INLINE f32 squares_sum(int n, const f32 *x) {
  v4 a = splat(0.0f), b = a, c = a, e = a;
  f32 rest = 0.0f;
  int j = 0;
  for (; j + 16 <= n; j += 16) {
    v4 p = load(x + j), q = load(x + j + 4), r = load(x + j + 8), s = load(x + j + 12);
    a = muladd(p, p, a);
    b = muladd(q, q, b);
    c = muladd(r, r, c);
    e = muladd(s, s, e);
  }
  for (; j + 4 <= n; j += 4) a = muladd(load(x + j), load(x + j), a);
  for (; j < n; j++) rest += x[j] * x[j];
  return lanes_sum(add(add(a, b), add(c, e))) + rest;
}

// y = x * inverse * gain, inverse[m] = 1 / sqrt(mean(x[m]^2) + epsilon).
EXPORT(rms_norm)(int M, int D, f32 epsilon, const f32 *x, const f32 *gain, f32 *y, f32 *inverse) {
  for (int m = 0; m < M; m++, x += D, y += D) {
    f32 scale = 1.0f / __builtin_sqrtf(squares_sum(D, x) / (f32)D + epsilon);
    int j;
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
