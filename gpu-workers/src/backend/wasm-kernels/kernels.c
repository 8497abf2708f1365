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
#include "arithmetic.h"
#include "products.h"
#include "norms.h"
#include "gates.h"
#include "cross-entropy.h"
#include "attention.h"
#include "adamw.h"
#include "experts.h"
