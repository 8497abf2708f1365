// Matrix products, packed in panels and computed in register tiles.
#pragma once
#include "arithmetic.h"

// Rows of a product's register tile: with two vectors of columns 12 sums, two vectors of B and one element of A, which
// is what 16 registers hold.
#define ROWS 6
// B of a product lies in panels of COLUMNS columns, each [K, COLUMNS] without gaps: then a tile reads it straight on.
#define COLUMNS 8

// One tile: C = from + A B, `rows` rows by COLUMNS columns, B one panel; from is absent or lies as C does.
// A by rows has element (i, k) at A[i lda + k], transposed at A[k lda + i].
INLINE void tile(const int rows, const int transposed, int K, const f32 *A, int lda, const f32 *B, const f32 *from,
                 f32 *C, int ldc) {
  v4 sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = splat(0.0f);
  for (int k = 0; k < K; k++) {
    v4 b0 = load(B), b1 = load(B + 4);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      v4 a = wasm_v128_load32_splat(transposed ? A + i : A + i * lda);
      sums[i][0] = muladd(a, b0, sums[i][0]);
      sums[i][1] = muladd(a, b1, sums[i][1]);
      // Keeps the compiler from loading all of A's column first: more than the registers hold.
      __asm__ volatile("" : "+r"(sums[i][0]), "+r"(sums[i][1]));
    }
    A += transposed ? lda : 1;
    B += COLUMNS;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < 2; j++) {
      int at = i * ldc + 4 * j;
      store(C + at, from ? add(load(from + at), sums[i][j]) : sums[i][j]);
    }
}

// `tiles` tiles, each a step after the one before in A, B and C: down a panel of B or along the panels. One function for
// each height of a tile and each order of A, and no loop around a tile in it: only so do engines keep all sums in
// registers.
typedef struct {
  int tiles, stepA, stepB, stepC;
} Strip;
#define STRIP(R, NAME, TRANSPOSED)                                                                                  \
  static __attribute__((noinline)) void NAME##_tile##R(int K, const f32 *A, int lda, const f32 *B, const f32 *from, \
                                                       f32 *C, int ldc) {                                           \
    tile(R, TRANSPOSED, K, A, lda, B, from, C, ldc);                                                                \
  }                                                                                                                 \
  static void NAME##R(Strip s, int K, const f32 *A, int lda, const f32 *B, const f32 *from, f32 *C, int ldc) {      \
    for (int t = 0; t < s.tiles; t++, A += s.stepA, B += s.stepB, C += s.stepC) {                                   \
      NAME##_tile##R(K, A, lda, B, from, C, ldc);                                                                   \
      if (from) from += s.stepC;                                                                                    \
    }                                                                                                               \
  }
#define STRIPS(R) STRIP(R, strip, 0) STRIP(R, transposed_strip, 1)
STRIPS(1) STRIPS(2) STRIPS(3) STRIPS(4) STRIPS(5) STRIPS(6)

INLINE void strip_of(int rows, int transposed, Strip s, int K, const f32 *A, int lda, const f32 *B, const f32 *from,
                     f32 *C, int ldc) {
#define CALL(NAME) NAME(s, K, A, lda, B, from, C, ldc)
  switch (transposed ? rows + ROWS : rows) {
    case 1: CALL(strip1); return;
    case 2: CALL(strip2); return;
    case 3: CALL(strip3); return;
    case 4: CALL(strip4); return;
    case 5: CALL(strip5); return;
    case 6: CALL(strip6); return;
    case 7: CALL(transposed_strip1); return;
    case 8: CALL(transposed_strip2); return;
    case 9: CALL(transposed_strip3); return;
    case 10: CALL(transposed_strip4); return;
    case 11: CALL(transposed_strip5); return;
    case 12: CALL(transposed_strip6); return;
  }
}

// C [M, up to COLUMNS] = from + A B of one panel; `step` from one tile's A to the next one's. A panel narrower than its
// tile goes through `spare`, ROWS * COLUMNS.
static void product_panel(int M, int columns, int K, const f32 *A, int lda, int step, int transposed, const f32 *B,
                          const f32 *from, f32 *C, int ldc, f32 *spare) {
  int whole = M / ROWS, rest = M % ROWS;
  if (columns == COLUMNS) {
    int m = whole * ROWS;
    strip_of(ROWS, transposed, (Strip){whole, step, 0, ROWS * ldc}, K, A, lda, B, from, C, ldc);
    if (rest > 0)
      strip_of(rest, transposed, (Strip){1, 0, 0, 0}, K, A + whole * step, transposed ? rest : lda, B,
               from ? from + m * ldc : 0, C + m * ldc, ldc);
    return;
  }
  for (int m = 0; m < M; m += ROWS, A += step) {
    int rows = minimum(ROWS, M - m);
    strip_of(rows, transposed, (Strip){1, 0, 0, 0}, K, A, transposed ? rows : lda, B, 0, spare, COLUMNS);
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < columns; j++) {
        int at = (m + i) * ldc + j;
        C[at] = spare[i * COLUMNS + j] + (from ? from[at] : 0.0f);
      }
  }
}

// Blocks of the summed dimension and of rows: a panel of B and the rows of A stay in the first-level cache.
#define DEPTH 192
#define HEIGHT 36
INLINE int panels(int N) { return (N + COLUMNS - 1) / COLUMNS; }
// The length of K's blocks: as few as DEPTH allows, alike.
INLINE int depth(int K) {
  int blocks = (K + DEPTH - 1) / DEPTH;
  return (K + blocks - 1) / blocks;
}

// Rows k .. k + count - 1 of B [., N] into panels, the last one filled with zeros.
static void pack(int count, int N, const f32 *B, f32 *to) {
  int n = 0;
  for (; n + COLUMNS <= N; n += COLUMNS)
    for (int k = 0; k < count; k++, to += COLUMNS) {
      const f32 *row = B + k * N + n;
      store(to, load(row));
      store(to + 4, load(row + 4));
    }
  if (n < N)
    for (int k = 0; k < count; k++, to += COLUMNS)
      for (int j = 0; j < COLUMNS; j++) to[j] = n + j < N ? B[k * N + n + j] : 0.0f;
}

static void transpose4(const f32 *from, int ldx, f32 *to, int ldy);
// The same of transpose(B), B [N, ldb] from its column on.
static void pack_transposed(int count, int N, const f32 *B, int ldb, f32 *to) {
  for (int n = 0; n < N; n += COLUMNS, to += count * COLUMNS) {
    int k = 0;
    if (n + COLUMNS <= N)
      for (; k + 4 <= count; k += 4) {
        transpose4(B + n * ldb + k, ldb, to + k * COLUMNS, COLUMNS);
        transpose4(B + (n + 4) * ldb + k, ldb, to + k * COLUMNS + 4, COLUMNS);
      }
    for (; k < count; k++)
      for (int j = 0; j < COLUMNS; j++) to[k * COLUMNS + j] = n + j < N ? B[(n + j) * ldb + k] : 0.0f;
  }
}

// C [M, N] = from + A [M, K] B for at most HEIGHT rows, B in panels block by block of K.
static void product_rows(int M, int N, int K, const f32 *A, const f32 *B, const f32 *from, f32 *C, f32 *spare) {
  int block = depth(K), width = panels(N) * COLUMNS;
  for (int k = 0; k < K; k += block) {
    int count = minimum(block, K - k);
    for (int n = 0; n < N; n += COLUMNS) {
      const f32 *start = k > 0 ? C + n : from ? from + n : 0;
      product_panel(M, minimum(COLUMNS, N - n), count, A + k, K, ROWS * K, 0, B + k * width + n * count, start, C + n, N,
                    spare);
    }
  }
}

// y = transpose of x, four by four.
static void transpose4(const f32 *x, int ldx, f32 *y, int ldy) {
  v4 a = load(x), b = load(x + ldx), c = load(x + 2 * ldx), e = load(x + 3 * ldx);
  v4 ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), AB = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
  v4 ce = wasm_i32x4_shuffle(c, e, 0, 4, 1, 5), CE = wasm_i32x4_shuffle(c, e, 2, 6, 3, 7);
  store(y, wasm_i64x2_shuffle(ab, ce, 0, 2));
  store(y + ldy, wasm_i64x2_shuffle(ab, ce, 1, 3));
  store(y + 2 * ldy, wasm_i64x2_shuffle(AB, CE, 0, 2));
  store(y + 3 * ldy, wasm_i64x2_shuffle(AB, CE, 1, 3));
}

static void copy(const f32 *x, f32 *y, int n) { __builtin_memcpy(y, x, (unsigned)n * sizeof(f32)); }

// For rows: a short memory.copy costs its call. The barrier keeps the compiler from making one of the loop.
INLINE void copy_row(const f32 *x, f32 *y, int n) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v4 part = load(x + j);
    __asm__ volatile("" : "+r"(part));
    store(y + j, part);
  }
  for (; j < n; j++) {
    f32 part = x[j];
    __asm__ volatile("" : "+r"(part));
    y[j] = part;
  }
}

// Stock Slice and SplitV take milliseconds for what is one copy.
EXPORT(section)(int n, const f32 *from, f32 *out) { copy(from, out, n); }

// All of B [K, N], or of transpose(B [N, K]), in panels; returns where they end.
static f32 *pack_whole(int N, int K, const f32 *B, f32 *to) {
  int block = depth(K), width = panels(N) * COLUMNS;
  for (int k = 0; k < K; k += block) pack(minimum(block, K - k), N, B + k * N, to + k * width);
  return to + K * width;
}
static f32 *pack_whole_transposed(int N, int K, const f32 *B, f32 *to) {
  int block = depth(K), width = panels(N) * COLUMNS;
  for (int k = 0; k < K; k += block) pack_transposed(minimum(block, K - k), N, B + k, K, to + k * width);
  return to + K * width;
}

// Scratch of a product, N rounded up to panels: K N floats (with A transposed at most DEPTH N), DEPTH * HEIGHT for the
// rows of A, HEIGHT N for a block of the product, and a tile.
// out [M, N] = A [M, K] B [K, N] (+ addend).
EXPORT(matmul)(int M, int N, int K, const f32 *A, const f32 *B, const f32 *addend, f32 *out, f32 *scratch) {
  f32 *spare = pack_whole(N, K, B, scratch);
  for (int m = 0; m < M; m += HEIGHT)
    product_rows(minimum(HEIGHT, M - m), N, K, A + m * K, scratch, addend ? addend + m * N : 0, out + m * N, spare);
}

// out [M, N] = A [M, K] transpose(B [N, K]).
EXPORT(matmul_transposed_b)(int M, int N, int K, const f32 *A, const f32 *B, f32 *out, f32 *scratch) {
  f32 *spare = pack_whole_transposed(N, K, B, scratch);
  for (int m = 0; m < M; m += HEIGHT)
    product_rows(minimum(HEIGHT, M - m), N, K, A + m * K, scratch, 0, out + m * N, spare);
}

// Rows of A [., M] from column m on, `columns` of them, packed ROWS by ROWS.
static void pack_columns(int count, int columns, const f32 *A, int M, f32 *to) {
  for (int i = 0; i < columns; i += ROWS) {
    int width = minimum(ROWS, columns - i);
    if (width == ROWS && i + 8 <= columns) {
      for (int k = 0; k < count; k++, to += ROWS) {
        const f32 *row = A + k * M + i;
        store(to, load(row));
        store(to + 4, load(row + 4));
      }
      continue;
    }
    for (int k = 0; k < count; k++, to += width)
      for (int j = 0; j < width; j++) to[j] = A[k * M + i + j];
  }
}

// out [M, N] = transpose(A [K, M]) B [K, N]: the sum over K in blocks, added up in out.
EXPORT(matmul_transposed_a)(int M, int N, int K, const f32 *A, const f32 *B, f32 *out, f32 *scratch) {
  int block = depth(K), width = panels(N) * COLUMNS;
  f32 *rows = scratch + block * width, *spare = rows + block * HEIGHT + 4;
  for (int k = 0; k < K; k += block) {
    int count = minimum(block, K - k);
    pack(count, N, B + k * N, scratch);
    for (int m = 0; m < M; m += HEIGHT) {
      int height = minimum(HEIGHT, M - m);
      pack_columns(count, height, A + k * M + m, M, rows);
      for (int n = 0; n < N; n += COLUMNS) {
        f32 *C = out + m * N + n;
        product_panel(height, minimum(COLUMNS, N - n), count, rows, ROWS, ROWS * count, 1, scratch + n * count,
                      k > 0 ? C : 0, C, N, spare);
      }
    }
  }
}
