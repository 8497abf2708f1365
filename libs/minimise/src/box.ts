import { InvalidInputError } from '#libs/simplex';

/** Box bounds of the variables; without any, every method is the trivial one. */
export interface Box {
  project(x: Float64Array): void;
  /** Largest |component| of P(x − gradient) − x: zero exactly where no feasible direction descends. */
  projectedGradientNorm(x: Float64Array, gradient: Float64Array): number;
  /** 1 for variables that may move against the gradient, 0 for those held by a bound. */
  markFree(x: Float64Array, gradient: Float64Array, free: Uint8Array): void;
  /** Bends `direction` so that x + direction lies in the box; returns its slope (not below 0 when it fails). */
  feasibleDirection(x: Float64Array, gradient: Float64Array, direction: Float64Array): number;
  /** Largest step along `direction` that stays in the box; Infinity without bounds. */
  longestStep(x: Float64Array, direction: Float64Array): number;
}

function checkBound(name: string, bound: ArrayLike<number>, size: number): Float64Array {
  if (bound.length !== size) {
    throw new InvalidInputError('SHAPE', `${name} has ${bound.length} values; start has ${size}`, {
      argument: name,
      value: bound.length,
      allowed: `${size} values`,
    });
  }
  const wrong = Array.from(bound).findIndex((v) => Number.isNaN(v));
  if (wrong >= 0) {
    throw new InvalidInputError('NOT_FINITE', `${name}[${wrong}] is not a number`, {
      argument: `${name}[${wrong}]`,
      value: 'NaN',
      allowed: 'a number, or ±Infinity for no bound',
    });
  }
  return Float64Array.from(bound);
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Throws SHAPE, NOT_FINITE or OUT_OF_RANGE (a lower bound above its upper one). */
export function createBox(size: number, lower?: ArrayLike<number>, upper?: ArrayLike<number>): Box {
  const low = lower ? checkBound('lower', lower, size) : new Float64Array(size).fill(-Infinity);
  const high = upper ? checkBound('upper', upper, size) : new Float64Array(size).fill(Infinity);
  for (let i = 0; i < size; i++) {
    if (low[i]! > high[i]!) {
      throw new InvalidInputError('OUT_OF_RANGE', `lower[${i}] ${low[i]} is above upper[${i}] ${high[i]}`, {
        argument: `lower[${i}]`,
        value: low[i],
        allowed: `(-inf, ${high[i]}]`,
      });
    }
  }
  const clip = (i: number, v: number): number => (v < low[i]! ? low[i]! : v > high[i]! ? high[i]! : v);

  const longestStep = (x: Float64Array, direction: Float64Array): number => {
    let longest = Infinity;
    for (let i = 0; i < size; i++) {
      const d = direction[i]!;
      if (d === 0) continue;
      const room = d > 0 ? high[i]! - x[i]! : low[i]! - x[i]!;
      longest = Math.min(longest, Math.max(0, room / d));
    }
    return longest;
  };

  return {
    project(x) {
      for (let i = 0; i < size; i++) x[i] = clip(i, x[i]!);
    },
    projectedGradientNorm(x, gradient) {
      let norm = 0;
      for (let i = 0; i < size; i++) norm = Math.max(norm, Math.abs(clip(i, x[i]! - gradient[i]!) - x[i]!));
      return norm;
    },
    markFree(x, gradient, free) {
      for (let i = 0; i < size; i++) {
        const held = (x[i]! <= low[i]! && gradient[i]! > 0) || (x[i]! >= high[i]! && gradient[i]! < 0);
        free[i] = held ? 0 : 1;
      }
    },
    feasibleDirection(x, gradient, direction) {
      const cut = longestStep(x, direction);
      const slope = dot(gradient, direction);
      if (cut >= 1) return slope;
      const bent = Float64Array.from(direction, (d, i) => clip(i, x[i]! + d) - x[i]!);
      const bentSlope = dot(gradient, bent);
      // The bent step must keep a fair part of the descent promised up to the first bound.
      if (bentSlope < 0.1 * cut * slope) {
        direction.set(bent);
        return bentSlope;
      }
      if (!(cut > 0)) return 0;
      for (let i = 0; i < size; i++) direction[i] = direction[i]! * cut;
      return slope * cut;
    },
    longestStep,
  };
}
