// The optimiser.
#pragma once
#include "arithmetic.h"

// AdamW with decoupled decay and clipping by the global norm, over flat vectors of n. norm[0] is the norm before
// clipping. step1, step2 are 1 - beta^t; decay holds each parameter's decay coefficient, rates (or null) its factor on
// Adam's step and not on the decay.
EXPORT(adamw)(int n, f32 rate, f32 beta1, f32 beta2, f32 epsilon, f32 step1, f32 step2, f32 clip, const f32 *p,
              const f32 *g, const f32 *m, const f32 *v, const f32 *decay, const f32 *rates, f32 *p2, f32 *m2, f32 *v2,
              f32 *norm) {
  double total = 0.0;
  for (int start = 0; start < n; start += 1024) {
    total += (double)squares_sum(minimum(1024, n - start), g + start);
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
    if (rates) update = mul(update, load(rates + j));
    v4 value = load(p + j);
    store(m2 + j, first);
    store(v2 + j, second);
    store(p2 + j, sub(value, mul(splat(rate), add(update, mul(value, load(decay + j))))));
  }
  for (; j < n; j++) {
    f32 gradient = g[j] * shrink;
    m2[j] = m[j] * beta1 + gradient * (1.0f - beta1);
    v2[j] = v[j] * beta2 + gradient * gradient * (1.0f - beta2);
    f32 update = m2[j] / step1 / (__builtin_sqrtf(v2[j] / step2) + epsilon);
    if (rates) update *= rates[j];
    p2[j] = p[j] - rate * (update + p[j] * decay[j]);
  }
}
