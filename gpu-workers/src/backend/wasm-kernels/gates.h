// SwiGLU and squared ReLU, alone and behind a product.
#pragma once
#include "products.h"

// out [M, F] = silu(hidden[:, :F]) * hidden[:, F:], hidden [M, 2F].
static void swiglu(int M, int F, const f32 *hidden, f32 *out) {
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

static void swiglu_gradient(int M, int F, const f32 *dout, const f32 *hidden, f32 *dhidden) {
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
static void relu_squared(int n, const f32 *hidden, f32 *out) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v4 r = wasm_f32x4_pmax(load(hidden + j), splat(0.0f));
    store(out + j, mul(r, r));
  }
  for (; j < n; j++) {
    f32 r = hidden[j] < 0.0f ? 0.0f : hidden[j];
    out[j] = r * r;
  }
}

static void relu_squared_gradient(int n, const f32 *dout, const f32 *hidden, f32 *dhidden) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v4 r = wasm_f32x4_pmax(load(hidden + j), splat(0.0f));
    store(dhidden + j, mul(mul(splat(2.0f), r), load(dout + j)));
  }
  for (; j < n; j++) dhidden[j] = 2.0f * (hidden[j] < 0.0f ? 0.0f : hidden[j]) * dout[j];
}


// hidden [M, N] = A [M, K] B [K, N] and its gate, block by block while it is in the cache. gated has F columns: N with
// ReLU^2, N / 2 with SwiGLU.
EXPORT(matmul_gate)(int swish, int M, int N, int K, const f32 *A, const f32 *B, f32 *hidden, f32 *gated,
                    f32 *scratch) {
  f32 *spare = pack_whole(N, K, B, scratch);
  int F = swish ? N / 2 : N;
  for (int m = 0; m < M; m += HEIGHT) {
    int rows = minimum(HEIGHT, M - m);
    product_rows(rows, N, K, A + m * K, scratch, 0, hidden + m * N, spare);
    if (swish) swiglu(rows, F, hidden + m * N, gated + m * F);
    else relu_squared(rows * F, hidden + m * N, gated + m * F);
  }
}

// dhidden from the gradient of what comes after gated [M, F]: dout [M, K] = gradient of gated B [F, K].
EXPORT(matmul_gate_gradient)(int swish, int M, int F, int K, const f32 *dout, const f32 *B, const f32 *hidden,
                             f32 *dhidden, f32 *scratch) {
  f32 *dgated = pack_whole_transposed(F, K, B, scratch), *spare = dgated + HEIGHT * F;
  int N = swish ? 2 * F : F;
  for (int m = 0; m < M; m += HEIGHT) {
    int rows = minimum(HEIGHT, M - m);
    product_rows(rows, F, K, dout + m * K, scratch, 0, dgated, spare);
    if (swish) swiglu_gradient(rows, F, dgated, hidden + m * N, dhidden + m * N);
    else relu_squared_gradient(rows * F, dgated, hidden + m * N, dhidden + m * N);
  }
}
