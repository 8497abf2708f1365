// Causal softmax attention with rotary positions, and its gradient.
#pragma once
#include "products.h"

// scale times the rotation of the pairs (j, j + d/2) of one head's row by its position's angles; sign -1 undoes it.
INLINE void rotate(int d, const f32 *x, const f32 *cosines, const f32 *sines, f32 sign, f32 scale, f32 *y) {
  int half = d / 2, j = 0;
  for (; j + 4 <= half; j += 4) {
    v4 a = load(x + j), b = load(x + half + j), c = mul(load(cosines + j), splat(scale));
    v4 s = mul(load(sines + j), splat(sign * scale));
    store(y + j, sub(mul(a, c), mul(b, s)));
    store(y + half + j, muladd(a, s, mul(b, c)));
  }
  for (; j < half; j++) {
    f32 a = x[j], b = x[half + j], c = cosines[j] * scale, s = sines[j] * sign * scale;
    y[j] = a * c - b * s;
    y[half + j] = a * s + b * c;
  }
}

// Attention works head by head on copies padded with zeros to T rows and d columns that are multiples of COLUMNS.
INLINE int padded(int n) { return panels(n) * COLUMNS; }
static void clear(f32 *x, int n) { __builtin_memset(x, 0, (unsigned)n * sizeof(f32)); }
INLINE v4 lanes_from(int first) { return wasm_i32x4_add(wasm_i32x4_splat(first), wasm_i32x4_make(0, 1, 2, 3)); }

// All heads of one sequence's qkv [T, 3 D], row by row because memory likes it: each head `size` after the one before,
// in rows of `width`: q rotated and times 1/sqrt(d), k rotated, v.
static void gather_heads(int T, int H, int d, int width, int size, const f32 *qkv, const f32 *cosines,
                         const f32 *sines, f32 *q, f32 *k, f32 *v) {
  f32 scale = 1.0f / __builtin_sqrtf((f32)d);
  int D = H * d;
  for (int t = 0; t < T; t++, qkv += 3 * D) {
    const f32 *c = cosines + t * (d / 2), *s = sines + t * (d / 2);
    for (int h = 0; h < H; h++) {
      int to = h * size + t * width;
      rotate(d, qkv + h * d, c, s, 1.0f, scale, q + to);
      rotate(d, qkv + D + h * d, c, s, 1.0f, 1.0f, k + to);
      copy_row(qkv + 2 * D + h * d, v + to, d);
    }
  }
}

// C [rows, columns] = A B over panels of B that are `stride` rows apart, K of each used.
INLINE void tiles(int rows, int columns, int transposed, int K, const f32 *A, int lda, const f32 *B, int stride, f32 *C,
                  int ldc) {
  strip_of(rows, transposed, (Strip){columns / COLUMNS, 0, COLUMNS * stride, COLUMNS}, K, A, lda, B, 0, C, ldc);
}

// Which of the four queries from i on see key j.
INLINE v4 sees(int i, int j) { return wasm_i32x4_ge(lanes_from(i), wasm_i32x4_splat(j)); }

// The softmax of COLUMNS queries from `query` on, each a column of S over the keys j < seen: S becomes e^(S - largest),
// 0 where a query does not see the key. sums and logsums get COLUMNS numbers.
static void softmax_columns(int query, int seen, f32 *S, f32 *sums, f32 *logsums) {
  v4 none = splat(-__builtin_inff()), m0 = none, m1 = none, s0 = splat(0.0f), s1 = s0;
  f32 *hidden = S + query * COLUMNS;
  for (int j = query; j < seen; j++, hidden += COLUMNS) {
    store(hidden, wasm_v128_bitselect(load(hidden), none, sees(query, j)));
    store(hidden + 4, wasm_v128_bitselect(load(hidden + 4), none, sees(query + 4, j)));
  }
  for (int j = 0; j < seen; j++) {
    m0 = wasm_f32x4_pmax(m0, load(S + j * COLUMNS));
    m1 = wasm_f32x4_pmax(m1, load(S + j * COLUMNS + 4));
  }
  for (int j = 0; j < seen; j++, S += COLUMNS) {
    v4 e0 = exp4(sub(load(S), m0)), e1 = exp4(sub(load(S + 4), m1));
    if (j >= query) {
      e0 = wasm_v128_and(e0, sees(query, j));
      e1 = wasm_v128_and(e1, sees(query + 4, j));
    }
    store(S, e0);
    store(S + 4, e1);
    s0 = add(s0, e0);
    s1 = add(s1, e1);
  }
  store(sums, s0);
  store(sums + 4, s1);
  store(logsums, add(log4(s0), m0));
  store(logsums + 4, add(log4(s1), m1));
}

// Causal softmax attention of B sequences, H heads. qkv [B T, 3 D] -> out [B T, D], logsums [B, H, T]. Queries go
// COLUMNS at a time and are the columns of the scores, so that a softmax runs in lanes.
// scratch, T and d padded: (3 H + 2) T d + COLUMNS (T + d + 2) floats.
EXPORT(attention)(int B, int T, int H, int d, const f32 *qkv, const f32 *cosines, const f32 *sines, f32 *out,
                  f32 *logsums, f32 *scratch) {
  int D = H * d, length = padded(T), width = padded(d), size = length * width;
  f32 *allQ = scratch, *allK = allQ + H * size, *allV = allK + H * size, *qT = allV + H * size, *values = qT + size;
  f32 *S = values + size, *O = S + COLUMNS * length, *sums = O + COLUMNS * width, *logs = sums + COLUMNS;
  clear(allQ, 3 * H * size);
  for (int b = 0; b < B; b++) {
    gather_heads(T, H, d, width, size, qkv + b * T * 3 * D, cosines, sines, allQ, allK, allV);
    for (int h = 0; h < H; h++) {
      const f32 *q = allQ + h * size, *k = allK + h * size, *v = allV + h * size;
      pack_transposed(width, length, q, width, qT);
      pack(length, width, v, values);
      for (int query = 0; query < T; query += COLUMNS) {
        int count = minimum(COLUMNS, T - query), seen = query + count;
        product_panel(seen, COLUMNS, width, k, width, ROWS * width, 0, qT + query * width, 0, S, COLUMNS, 0);
        softmax_columns(query, seen, S, sums, logs);
        // Four rows and four, not six and two: a tile of two waits for its own sums.
        for (int r = 0; r < count; r += 4)
          tiles(minimum(4, count - r), width, 1, seen, S + r, COLUMNS, values, length, O + r * width, width);
        for (int r = 0; r < count; r++) {
          f32 *to = out + (b * T + query + r) * D + h * d, *o = O + r * width, inverse = 1.0f / sums[r];
          int j = 0;
          for (; j + 4 <= d; j += 4) store(to + j, mul(load(o + j), splat(inverse)));
          for (; j < d; j++) to[j] = o[j] * inverse;
          logsums[(b * H + h) * T + query + r] = logs[r];
        }
      }
    }
  }
}

// dqkv from dout, through probabilities computed again from logsums. Scores are laid by key position j: row j holds the
// queries i >= j that see it, so that dk and dv are plain products. scratch, T and d padded: (4 H + 8) T d +
// T (T + H + ROWS + 1).
EXPORT(attention_gradient)(int B, int T, int H, int d, const f32 *dout, const f32 *qkv, const f32 *out,
                           const f32 *logsums, const f32 *cosines, const f32 *sines, f32 *dqkv, f32 *scratch) {
  int D = H * d, length = padded(T), width = padded(d), size = length * width;
  f32 *allQ = scratch, *allK = allQ + H * size, *allV = allK + H * size, *allO = allV + H * size;
  f32 *deltas = allO + H * size, *qT = deltas + H * length, *dOT = qT + size, *queries = dOT + size, *keys = queries + size;
  f32 *douts = keys + size, *dq = douts + size, *dk = dq + size, *dv = dk + size, *P = dv + size;
  f32 *dS = P + ROWS * length, *logsum = dS + length * length;
  f32 scale = 1.0f / __builtin_sqrtf((f32)d);
  clear(allQ, 4 * H * size + H * length);
  clear(logsum, length);
  for (int b = 0; b < B; b++) {
    gather_heads(T, H, d, width, size, qkv + b * T * 3 * D, cosines, sines, allQ, allK, allV);
    for (int t = 0; t < T; t++)
      for (int h = 0; h < H; h++) {
        const f32 *from = dout + (b * T + t) * D + h * d, *o = out + (b * T + t) * D + h * d;
        v4 dots = splat(0.0f);
        f32 rest = 0.0f;
        int j = 0;
        for (; j + 4 <= d; j += 4) dots = muladd(load(from + j), load(o + j), dots);
        for (; j < d; j++) rest += from[j] * o[j];
        deltas[h * length + t] = lanes_sum(dots) + rest;
        copy_row(from, allO + h * size + t * width, d);
      }
    for (int h = 0; h < H; h++) {
      const f32 *q = allQ + h * size, *k = allK + h * size, *v = allV + h * size, *dO = allO + h * size;
      const f32 *delta = deltas + h * length;
      copy(logsums + (b * H + h) * T, logsum, T);
      pack_transposed(width, length, q, width, qT);
      pack_transposed(width, length, dO, width, dOT);
      pack(length, width, q, queries);
      pack(length, width, k, keys);
      pack(length, width, dO, douts);
      for (int row = 0; row < T; row += ROWS) {
        int count = minimum(ROWS, T - row), first = row & -COLUMNS, left = length - first;
        f32 *ds = dS + row * length + first;
        tiles(count, left, 0, width, k + row * width, width, qT + first * width, width, P, length);
        tiles(count, left, 0, width, v + row * width, width, dOT + first * width, width, ds, length);
        for (int r = 0; r < count; r++) {
          f32 *p = P + r * length, *s = ds + r * length;
          int j = 0;
          for (; first + j < row + r; j += 4) {
            v4 visible = sees(first + j, row + r);
            v4 e = wasm_v128_and(exp4(sub(load(p + j), load(logsum + first + j))), visible);
            store(p + j, e);
            store(s + j, wasm_v128_and(mul(e, sub(load(s + j), load(delta + first + j))), visible));
          }
          for (; j < left; j += 4) {
            v4 e = exp4(sub(load(p + j), load(logsum + first + j)));
            store(p + j, e);
            store(s + j, mul(e, sub(load(s + j), load(delta + first + j))));
          }
        }
        tiles(count, width, 0, left, P, length, douts + first * COLUMNS, length, dv + row * width, width);
        tiles(count, width, 0, left, ds, length, queries + first * COLUMNS, length, dk + row * width, width);
      }
      for (int row = 0; row < T; row += ROWS) {
        int count = minimum(ROWS, T - row);
        tiles(count, width, 1, row + count, dS + row, length, keys, length, dq + row * width, width);
      }
      for (int t = 0; t < T; t++) {
        f32 *to = dqkv + (b * T + t) * 3 * D + h * d, *from = dq + t * width;
        const f32 *c = cosines + t * (d / 2), *s = sines + t * (d / 2);
        rotate(d, from, c, s, -1.0f, scale, to);
        rotate(d, dk + t * width, c, s, -1.0f, 1.0f, to + D);
        copy_row(dv + t * width, to + 2 * D, d);
      }
    }
  }
}
