// The memory of L-BFGS: the last pairs s = change of x, y = change of the gradient, newest last.

export class CurvaturePairs {
  private readonly s: Float64Array[] = [];
  private readonly y: Float64Array[] = [];
  private readonly alpha: Float64Array;
  private readonly rho: Float64Array;

  constructor(
    private readonly size: number,
    private readonly memory: number,
  ) {
    this.alpha = new Float64Array(memory);
    this.rho = new Float64Array(memory);
  }

  get count(): number {
    return this.s.length;
  }

  clear(): void {
    this.s.length = 0;
    this.y.length = 0;
  }

  /** Keeps the pair of two iterates unless its curvature is not safely positive. */
  add(x: Float64Array, nextX: Float64Array, gradient: Float64Array, nextGradient: Float64Array): void {
    const full = this.s.length === this.memory;
    const s = full ? this.s[0]! : new Float64Array(this.size);
    const y = full ? this.y[0]! : new Float64Array(this.size);
    let sy = 0;
    let ss = 0;
    let yy = 0;
    for (let i = 0; i < this.size; i++) {
      const si = nextX[i]! - x[i]!;
      const yi = nextGradient[i]! - gradient[i]!;
      sy += si * yi;
      ss += si * si;
      yy += yi * yi;
    }
    if (!(sy > 1e-12 * Math.sqrt(ss) * Math.sqrt(yy))) return;
    for (let i = 0; i < this.size; i++) {
      s[i] = nextX[i]! - x[i]!;
      y[i] = nextGradient[i]! - gradient[i]!;
    }
    if (full) {
      this.s.shift();
      this.y.shift();
    }
    this.s.push(s);
    this.y.push(y);
  }

  /** Writes −gradient on the free variables, 0 elsewhere; returns its slope. */
  steepest(gradient: Float64Array, free: Uint8Array, direction: Float64Array): number {
    let slope = 0;
    for (let i = 0; i < this.size; i++) {
      const d = free[i] ? -gradient[i]! : 0;
      direction[i] = d;
      slope += d * gradient[i]!;
    }
    return slope;
  }

  /** Writes −H·gradient by the two-loop recursion over the free variables, 0 elsewhere. */
  direction(gradient: Float64Array, free: Uint8Array, direction: Float64Array): void {
    this.steepest(gradient, free, direction);
    let scale = 1;
    let scaled = false;
    for (let k = this.count - 1; k >= 0; k--) {
      const s = this.s[k]!;
      const y = this.y[k]!;
      let sy = 0;
      let yy = 0;
      let sd = 0;
      for (let i = 0; i < this.size; i++) {
        if (!free[i]) continue;
        sy += s[i]! * y[i]!;
        yy += y[i]! * y[i]!;
        sd += s[i]! * direction[i]!;
      }
      // Restricted to the free variables a pair may lose its positive curvature: it is then passed over.
      const usable = sy > 1e-14 * yy;
      this.rho[k] = usable ? 1 / sy : 0;
      if (!usable) continue;
      if (!scaled) {
        scale = sy / yy;
        scaled = true;
      }
      const a = sd / sy;
      this.alpha[k] = a;
      for (let i = 0; i < this.size; i++) if (free[i]) direction[i] = direction[i]! - a * y[i]!;
    }
    for (let i = 0; i < this.size; i++) direction[i] = direction[i]! * scale;
    for (let k = 0; k < this.count; k++) {
      const rho = this.rho[k]!;
      if (rho === 0) continue;
      const s = this.s[k]!;
      const y = this.y[k]!;
      let yd = 0;
      for (let i = 0; i < this.size; i++) if (free[i]) yd += y[i]! * direction[i]!;
      const change = this.alpha[k]! - rho * yd;
      for (let i = 0; i < this.size; i++) if (free[i]) direction[i] = direction[i]! + change * s[i]!;
    }
  }
}
