import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import bounded from '../fixtures/bounded.json' with { type: 'json' };
import { minimise } from './minimise.js';
import type { Objective } from './objective.js';

const rosenbrock: Objective = (x, gradient) => {
  gradient.fill(0);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1]! - x[i]! * x[i]!;
    const b = 1 - x[i]!;
    value += 100 * a * a + b * b;
    gradient[i] = gradient[i]! - 400 * x[i]! * a - 2 * b;
    gradient[i + 1] = gradient[i + 1]! + 200 * a;
  }
  return value;
};

/** x'Ax/2 − b'x */
const quadratic =
  (matrix: ArrayLike<number>, right: ArrayLike<number>): Objective =>
  (x, gradient) => {
    const n = x.length;
    let value = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * x[j]!;
      gradient[i] = sum - right[i]!;
      value += x[i]! * (0.5 * sum - right[i]!);
    }
    return value;
  };

describe('minimise', () => {
  it('walks the valley of Rosenbrock’s function to its end in 2, 10 and 50 dimensions', () => {
    for (const size of [2, 10, 50]) {
      const start = Array.from({ length: size }, (_, i) => (i % 2 ? 1 : -1.2));
      const found = minimise(rosenbrock, start);
      expect(found.converged).toBe(true);
      expect(found.value).toBeLessThan(1e-12);
      for (const v of found.x) expect(v).toBeCloseTo(1, 6);
      expect(found.evaluations).toBeLessThan(2 * found.iterations + 20);
    }
  });

  it('solves quadratics of condition 1e5 to their closed form', () => {
    const n = 30;
    const diagonal = Array.from({ length: n }, (_, i) => Math.exp((i / (n - 1)) * Math.log(1e5)));
    const centre = diagonal.map((_, i) => 1 + i / n);
    const objective: Objective = (x, gradient) => {
      let value = 0;
      for (let i = 0; i < n; i++) {
        gradient[i] = diagonal[i]! * (x[i]! - centre[i]!);
        value += 0.5 * gradient[i]! * (x[i]! - centre[i]!);
      }
      return value;
    };
    const found = minimise(objective, new Float64Array(n), {
      maxIterations: 3000,
      memory: 20,
      gradientTolerance: 1e-5,
      valueTolerance: 0,
    });
    expect(found).toMatchObject({ converged: true, reason: expect.stringMatching(/gradient is within/) });
    found.x.forEach((v, i) => {
      expect(v).toBeCloseTo(centre[i]!, 5);
    });
  });

  it.each(bounded.map((c, i) => ({ ...c, title: `${c.kind} ${i} of ${c.start.length}` })))(
    'agrees with scipy’s L-BFGS-B inside bounds: $title',
    (c) => {
      const objective = c.kind === 'rosenbrock' ? rosenbrock : quadratic(c.matrix!, c.right!);
      const { lower, upper } = c;
      const found = minimise(objective, c.start, { lower, upper, maxIterations: 2000 });
      expect(found.converged).toBe(true);
      expect(found.value).toBeLessThan(c.value + 1e-8 * Math.max(1, Math.abs(c.value)));
      found.x.forEach((v, i) => {
        expect(v).toBeCloseTo(c.x[i]!, 4);
        expect(v).toBeGreaterThanOrEqual(lower[i]!);
        expect(v).toBeLessThanOrEqual(upper[i]!);
      });
    },
  );

  it('never leaves the box, not even to look', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -3, max: 0, noNaN: true }), fc.double({ min: 1e-3, max: 3, noNaN: true })), {
          minLength: 2,
          maxLength: 6,
        }),
        (bounds) => {
          const lower = bounds.map(([low]) => low);
          const upper = bounds.map(([, high]) => high);
          const found = minimise(
            (x, gradient) => {
              x.forEach((v, i) => {
                if (v < lower[i]! || v > upper[i]!) throw new Error(`looked at ${v}`);
              });
              return rosenbrock(x, gradient);
            },
            new Float64Array(bounds.length),
            { lower, upper },
          );
          // First-order conditions: the gradient vanishes, or pushes against the bound that holds the variable.
          found.gradient.forEach((g, i) => {
            if (found.x[i]! > lower[i]! && found.x[i]! < upper[i]!) expect(Math.abs(g)).toBeLessThan(1e-3);
            else expect(found.x[i] === lower[i] ? g : -g).toBeGreaterThan(-1e-3);
          });
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('backs away from values that are not finite', () => {
    // −log x + x² is NaN left of 0, and the first step from 10 would land there.
    const barrier: Objective = (x, gradient) => {
      gradient[0] = 2 * x[0]! - 1 / x[0]!;
      return x[0]! * x[0]! - Math.log(x[0]!);
    };
    for (const start of [10, 1e-3]) {
      const found = minimise(barrier, [start]);
      expect(found.converged).toBe(true);
      expect(found.x[0]).toBeCloseTo(Math.sqrt(0.5), 6);
    }
    const wall: Objective = (x, gradient) => {
      gradient[0] = 2 * (x[0]! - 3);
      return x[0]! > 5 ? Infinity : (x[0]! - 3) * (x[0]! - 3);
    };
    expect(minimise(wall, [-100]).x[0]).toBeCloseTo(3, 6);
  });

  it('says honestly why it stopped', () => {
    const linear: Objective = (x, gradient) => {
      gradient[0] = 1;
      return x[0]!;
    };
    expect(minimise(rosenbrock, [-1.2, 1], { maxIterations: 3 })).toMatchObject({
      converged: false,
      reason: 'stopped after 3 iterations',
      iterations: 3,
    });
    expect(minimise(linear, [0], { maxIterations: 50 }).converged).toBe(false);
    expect(minimise(linear, [0], { lower: [-2] })).toMatchObject({ converged: true, value: -2 });
    expect(minimise(() => Number.NaN, [0])).toMatchObject({ converged: false, evaluations: 1 });
    const wrongGradient: Objective = (x, gradient) => {
      gradient[0] = -2 * x[0]!;
      return x[0]! * x[0]!;
    };
    const lost = minimise(wrongGradient, [1]);
    expect(lost.converged).toBe(false);
    expect(lost.reason).toMatch(/no lower point/);
    // Rounding hides the last digits of the gradient here: that is convergence, not failure.
    const offset: Objective = (x, gradient) => {
      gradient[0] = 2 * x[0]!;
      return 1e9 + x[0]! * x[0]!;
    };
    expect(minimise(offset, [1], { gradientTolerance: 0, valueTolerance: 0 }).converged).toBe(true);
  });

  it('gives the same bits every time and leaves the start alone', () => {
    const start = Float64Array.of(-1.2, 1, 0.3);
    const first = minimise(rosenbrock, start);
    expect(minimise(rosenbrock, start)).toEqual(first);
    expect([...start]).toEqual([-1.2, 1, 0.3]);
  });

  it('names what is wrong with its input', () => {
    expect(() => minimise(rosenbrock, [0, Number.NaN])).toThrow(/start\[1\] must be finite; got NaN/);
    expect(() => minimise(rosenbrock, [0, 0], { lower: [0] })).toThrow(/lower has 1 values; start has 2/);
    expect(() => minimise(rosenbrock, [0, 0], { lower: [2, 0], upper: [1, 1] })).toThrow(/lower\[0\] 2 is above/);
    expect(() => minimise(rosenbrock, [0, 0], { memory: 0 })).toThrow(/memory must be an integer in \[1, inf\)/);
  });
});
