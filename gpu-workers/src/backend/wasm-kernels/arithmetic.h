// Numbers, vectors of four of them, and the functions that every kernel uses.
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name), visibility("default"))) void name
#define INLINE static inline __attribute__((always_inline))

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
  x = wasm_f32x4_pmax(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
  return wasm_f32x4_extract_lane(wasm_f32x4_pmax(x, wasm_i32x4_shuffle(x, x, 1, 0, 3, 2)), 0);
}

// e^x, Cephes' polynomial, within 2 units in the last place; e^-87.3 below -87.3, NaN stays NaN. Adding 1.5 * 2^23 rounds
// to an integer and leaves it in the lowest bits; pmin and pmax are one instruction each, unlike min and max.
INLINE v4 exp4(v4 x) {
  x = wasm_f32x4_pmin(wasm_f32x4_pmax(x, splat(-87.33654f)), splat(88.37626f));
  v4 shifted = muladd(x, splat(1.44269504f), splat(12582912.0f));
  v4 n = sub(shifted, splat(12582912.0f));
  v4 r = muladd(n, splat(2.12194440e-4f), muladd(n, splat(-0.693359375f), x));
  v4 p = splat(1.9875691500e-4f);
  p = muladd(p, r, splat(1.3981999507e-3f));
  p = muladd(p, r, splat(8.3334519073e-3f));
  p = muladd(p, r, splat(4.1665795894e-2f));
  p = muladd(p, r, splat(1.6666665459e-1f));
  p = muladd(p, r, splat(5.0000001201e-1f));
  p = add(muladd(mul(p, r), r, r), splat(1.0f));
  return wasm_i32x4_add(p, wasm_i32x4_shl(shifted, 23));
}
INLINE f32 exp1(f32 x) { return wasm_f32x4_extract_lane(exp4(splat(x)), 0); }

// Natural logarithm of normal positive numbers, Cephes' polynomial; NaN stays NaN.
INLINE v4 log4(v4 x) {
  v4 bits = wasm_i32x4_sub(x, wasm_i32x4_splat(0x3f3504f3));  // from sqrt(1/2) on: m in [sqrt(1/2), sqrt(2))
  v4 n = wasm_f32x4_convert_i32x4(wasm_i32x4_shr(bits, 23));
  v4 m = wasm_i32x4_add(wasm_v128_and(bits, wasm_i32x4_splat(0x7fffff)), wasm_i32x4_splat(0x3f3504f3));
  v4 r = sub(m, splat(1.0f)), square = mul(r, r), p = splat(7.0376836292e-2f);
  p = muladd(p, r, splat(-1.1514610310e-1f));
  p = muladd(p, r, splat(1.1676998740e-1f));
  p = muladd(p, r, splat(-1.2420140846e-1f));
  p = muladd(p, r, splat(1.4249322787e-1f));
  p = muladd(p, r, splat(-1.6668057665e-1f));
  p = muladd(p, r, splat(2.0000714765e-1f));
  p = muladd(p, r, splat(-2.4999993993e-1f));
  p = muladd(p, r, splat(3.3333331174e-1f));
  v4 y = muladd(n, splat(-2.12194440e-4f), mul(mul(p, r), square));
  y = muladd(n, splat(0.693359375f), add(r, muladd(square, splat(-0.5f), y)));
  return wasm_v128_bitselect(y, x, wasm_f32x4_eq(x, x));
}
INLINE f32 log1(f32 x) { return wasm_f32x4_extract_lane(log4(splat(x)), 0); }
