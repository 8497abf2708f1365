/** Huber's loss: r²/2 within δ, δ(|r| − δ/2) beyond it. */
export function huber(residual: number, delta: number): number {
  const size = Math.abs(residual);
  return size <= delta ? 0.5 * residual * residual : delta * (size - 0.5 * delta);
}

/** Its derivative: the residual, cut off at ±δ. */
export function huberSlope(residual: number, delta: number): number {
  return Math.max(-delta, Math.min(delta, residual));
}
