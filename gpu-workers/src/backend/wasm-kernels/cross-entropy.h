// The loss and its gradient.
#pragma once
#include "arithmetic.h"

// losses[m] = log sum exp(logits[m]) - logits[m][targets[m]]; dlogits = (softmax - one hot) * scale unless null.
EXPORT(cross_entropy)(int M, int V, f32 scale, const f32 *logits, const int32_t *targets, f32 *losses, f32 *dlogits,
                      f32 *scratch) {
  for (int m = 0; m < M; m++, logits += V) {
    f32 *row = dlogits ? dlogits + m * V : scratch;
    f32 largest = logits[0];
    int j = 0;
    if (V >= 4) {
      v4 a = load(logits), b = a;
      for (j = 4; j + 8 <= V; j += 8) {
        a = wasm_f32x4_pmax(a, load(logits + j));
        b = wasm_f32x4_pmax(b, load(logits + j + 4));
      }
      for (; j + 4 <= V; j += 4) a = wasm_f32x4_pmax(a, load(logits + j));
      largest = lanes_largest(wasm_f32x4_pmax(a, b));
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
    losses[m] = log1(sum) + largest - logits[targets[m]];
    if (!dlogits) continue;
    f32 factor = scale / sum;
    for (j = 0; j + 4 <= V; j += 4) store(row + j, mul(load(row + j), splat(factor)));
    for (; j < V; j++) row[j] *= factor;
    row[targets[m]] -= scale;
  }
}
