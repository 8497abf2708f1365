import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { autoscaleProblem } from '../autoscale/autoscale-law.js';
import { bimixProblem } from '../bimix/bimix-law.js';
import { capacityAllocationProblem } from '../capacity-allocation/capacity-allocation-law.js';
import { logLinearProblem } from '../log-linear/log-linear-law.js';
import { productProblem } from '../mixing-law/product-law.js';
import type { LawProblem } from './law.js';
import { type LawData, readLawData } from './law-data.js';
import { lawObjective } from './law-objective.js';

const bounds = { largestExponent: 40, deepestFloor: 30 };
const problems: [string, (data: LawData) => LawProblem][] = [
  ['log-linear in weights', (data) => logLinearProblem(data, { ...bounds, terms: 'weights', weightPull: 1 })],
  ['log-linear in roots', (data) => logLinearProblem(data, { ...bounds, terms: 'roots', weightPull: 1000 })],
  ['product', productProblem],
  ['bimix', (data) => bimixProblem(data, 1e-3, 3)],
  ['autoscale', (data) => autoscaleProblem(data, 5)],
  [
    'capacity-allocation',
    (data) => capacityAllocationProblem(data, { leastCapacity: 0.005, weightFloor: 0.005, largestExponent: 2 }),
  ],
];

function sweep(n: number, m: number, seed: number): LawData {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: n }, (_, r) => {
    const p = sampleDirichlet(random, new Array(m).fill(0.7));
    if (r % 4 === 0) {
      p[1] = p[1]! + p[0]!;
      p[0] = 0;
    }
    return p;
  });
  return readLawData(
    mixtures,
    mixtures.map((p) => 3 - p[0]! + 0.4 * Math.sqrt(p[1]!) + 0.05 * random.normal()),
    () => 1,
  );
}

describe.each(problems)('the law %s', (_, place) => {
  const raw = sweep(12, 4, 1);
  const problem = place(raw);
  const { law, lower, upper } = problem;
  const data = { ...raw, rows: raw.rows.map((p) => law.prepare(p)) };
  const random = createRandom(5);
  /** Points off the bounds, near the starts and far from them. */
  const points = problem.starts.flatMap((start) =>
    [0.02, 0.3].map((size) =>
      start.map((v, k) => {
        const room = Math.min(upper[k]! - lower[k]!, 2 + Math.abs(v));
        const moved = v + size * room * (random.uniform() - 0.5);
        return Math.min(upper[k]! - 1e-3 * room, Math.max(lower[k]! + 1e-3 * room, moved));
      }),
    ),
  );

  it('has the gradient of its value, mixtures with absent domains included', () => {
    const gradient = new Float64Array(law.size);
    for (const theta of points) {
      for (const row of data.rows.slice(0, 5)) {
        const value = law.value(theta, row, gradient);
        expect(law.value(theta, row, null)).toBe(value);
        const scale = Math.max(1e-3, Math.abs(value), ...Array.from(gradient, Math.abs));
        for (let k = 0; k < law.size; k++) {
          const h = 1e-6 * Math.max(1, Math.abs(theta[k]!));
          const at = (sign: number) =>
            law.value(
              theta.map((v, i) => (i === k ? v + sign * h : v)),
              row,
              null,
            );
          expect(Math.abs((at(1) - at(-1)) / (2 * h) - gradient[k]!)).toBeLessThan(2e-6 * scale);
        }
      }
    }
  });

  it('has the gradient of its Huber objective, ridge included', () => {
    const objective = lawObjective(problem, data, 0.3, 0.1);
    const gradient = new Float64Array(law.size);
    const scratch = new Float64Array(law.size);
    for (const theta of points) {
      objective(theta, gradient);
      const scale = Math.max(1, ...Array.from(gradient, Math.abs));
      for (let k = 0; k < law.size; k++) {
        const h = 1e-6 * Math.max(1e-3, Math.abs(theta[k]!));
        const at = (sign: number) =>
          objective(
            theta.map((v, i) => (i === k ? v + sign * h : v)),
            scratch,
          );
        expect(Math.abs((at(1) - at(-1)) / (2 * h) - gradient[k]!)).toBeLessThan(1e-4 * scale);
      }
    }
  });

  it('is rebuilt from its constants, which are plain JSON', () => {
    expect(JSON.parse(JSON.stringify(law.constants()))).toEqual(law.constants());
  });
});
