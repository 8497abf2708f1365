import { describe, expect, it } from 'vitest';
import { type Experts, transformerParametersSchema } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import type { Backend } from '../../../backend/backend.js';
import { selectBackend } from '../../../backend/select-backend.js';
import { parameterLayout } from '../parameter-layout.js';
import { ExpertFeedForward } from './expert-feed-forward.js';

type Arrays = Record<string, Float64Array>;
interface Case {
  mlp: 'swiglu' | 'relu2';
  experts: Partial<Experts> & { count: number };
  /** Of the first layer; the second layer's is what is used. */
  bias?: number[];
}

const penalties = { auxiliaryWeight: 0.7, zLossWeight: 0.3 };
const cases: Case[] = [
  { mlp: 'swiglu', experts: { count: 4, topK: 2, ...penalties } },
  { mlp: 'relu2', experts: { count: 4, topK: 1, ...penalties } },
  { mlp: 'swiglu', experts: { count: 5, topK: 3, shared: 2, ...penalties, scope: 'micro-batch' } },
  {
    mlp: 'relu2',
    experts: { count: 4, topK: 1, shared: 1, ...penalties, scope: 'micro-batch', microBatchSequences: 2 },
  },
  // Nobody chooses the last expert: its block of rows is empty.
  { mlp: 'swiglu', experts: { count: 4, topK: 2, ...penalties, balancing: 'loss-free' }, bias: [0.1, 0, 0.2, -9] },
  { mlp: 'swiglu', experts: { count: 3, topK: 3, balancing: 'none', zLossWeight: 0 } },
];

const [sequences, length, width] = [3, 8, 8];
const tokens = sequences * length;

function setUp({ mlp, experts, bias }: Case) {
  const parameters = transformerParametersSchema.parse({
    ...{ layers: 2, width, heads: 2, contextLength: length, batchSize: sequences },
    ...{ mlp, mlpRatio: 1.5, experts },
  });
  const random = createRandom(4);
  const normal = (size: number, scale: number) =>
    Float64Array.from({ length: size }, () => fround(scale * random.normal()));
  const slots = parameterLayout(parameters).filter(({ name }) => /^layer1\.(router|experts|shared)/.test(name));
  const weights: Arrays = Object.fromEntries(
    slots.map(({ name, size }) => [name.replace('layer1.', ''), normal(size, 0.5)] as const),
  );
  const inputs = {
    normed: normal(tokens * width, 1),
    dout: normal(tokens * width, 1),
    residual: normal(tokens * width, 1),
  };
  const shapes = Object.fromEntries(slots.map(({ name, shape }) => [name.replace('layer1.', ''), shape]));
  return { parameters, settings: parameters.experts!, weights, inputs, shapes, bias };
}
type SetUp = ReturnType<typeof setUp>;
const fround = Math.fround;

/** The layer from its equations, in double precision, token by token; nothing of it is shared with the code. */
function reference({ parameters, settings, inputs, bias }: SetUp, weights: Arrays, normed: Float64Array) {
  const { count, topK, shared } = settings;
  const swiglu = parameters.mlp === 'swiglu';
  const mlpOf = (x: number[], entry: Float64Array, exit: Float64Array): number[] => {
    const hidden = exit.length / width;
    const columns = entry.length / width;
    const h = Array.from({ length: columns }, (_, j) =>
      x.reduce((sum, value, d) => sum + value * entry[d * columns + j]!, 0),
    );
    const gated = Array.from({ length: hidden }, (_, j) =>
      swiglu ? (h[j]! / (1 + Math.exp(-h[j]!))) * h[hidden + j]! : Math.max(h[j]!, 0) ** 2,
    );
    return Array.from({ length: width }, (_, d) =>
      gated.reduce((sum, value, j) => sum + value * exit[j * width + d]!, 0),
    );
  };
  const partOf = (matrix: Float64Array, expert: number) =>
    matrix.subarray((expert * matrix.length) / count, ((expert + 1) * matrix.length) / count);

  const out: number[] = [];
  const loads = new Array<number>(count).fill(0);
  const probabilities: number[][] = [];
  const chosen: number[][] = [];
  let z = 0;
  let margin = Number.POSITIVE_INFINITY;
  for (let m = 0; m < tokens; m++) {
    const x = [...normed.subarray(m * width, (m + 1) * width)];
    const logits = Array.from({ length: count }, (_, i) =>
      x.reduce((sum, v, d) => sum + v * weights.router![d * count + i]!, 0),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    z += Math.log(total) ** 2 / tokens;
    const p = logits.map((logit) => Math.exp(logit) / total);
    const scores = p.map((value, i) => value + (bias?.[i] ?? 0));
    const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    if (topK < count) margin = Math.min(margin, scores[order[topK - 1]!]! - scores[order[topK]!]!);
    const own = order.slice(0, topK);
    const sum = topK === 1 ? 1 : own.reduce((all, i) => all + p[i]!, 0);
    const parts = own.map((i) => {
      loads[i]!++;
      return mlpOf(x, partOf(weights.expertsIn!, i), partOf(weights.expertsOut!, i)).map(
        (value) => (value * p[i]!) / sum,
      );
    });
    if (shared > 0) parts.push(mlpOf(x, weights.sharedIn!, weights.sharedOut!));
    for (let d = 0; d < width; d++)
      out.push(inputs.residual[m * width + d]! + parts.reduce((all, part) => all + part[d]!, 0));
    probabilities.push(p);
    chosen.push(own);
  }
  const group = settings.scope === 'micro-batch' ? settings.microBatchSequences * length : tokens;
  let auxiliary = 0;
  for (let first = 0; first < tokens; first += group) {
    const members = Array.from({ length: Math.min(group, tokens - first) }, (_, i) => first + i);
    for (let i = 0; i < count; i++) {
      const f = members.reduce((all, m) => all + (chosen[m]!.includes(i) ? 1 : 0), 0) / (members.length * topK);
      const P = members.reduce((all, m) => all + probabilities[m]![i]!, 0) / members.length;
      auxiliary += (count * f * P * members.length) / tokens;
    }
  }
  const { balancing, auxiliaryWeight, zLossWeight } = settings;
  const objective =
    out.reduce((all, value, i) => all + value * inputs.dout[i]!, 0) +
    (balancing === 'auxiliary' ? auxiliaryWeight * auxiliary : 0) +
    zLossWeight * z;
  return { out, loads, objective, margin };
}

function compute(backend: Backend, set: SetUp) {
  const { tf } = backend;
  const { parameters, settings, weights, inputs, shapes, bias } = set;
  const before = tf.memory().numTensors;
  tf.engine().startScope();
  // Two layers' biases: the first one's must not be read by the second layer.
  const own = bias ? Float32Array.from([...bias.map((_, i) => 5 - i), ...bias]) : new Float32Array(0);
  const block = new ExpertFeedForward(backend, parameters, settings, own);
  const tensors = Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [name, tf.tensor(Float32Array.from(values), shapes[name])]),
  );
  expect(Object.keys(tensors)).toEqual(block.weightNames);
  const matrix = (values: Float64Array) => tf.tensor2d(Float32Array.from(values), [tokens, width]);
  const normed = matrix(inputs.normed);
  const { out, trace } = block.forward(normed, tensors, matrix(inputs.residual), 1);
  const { dNormed, gradients } = block.gradient(matrix(inputs.dout), normed, tensors, trace);
  expect(Object.keys(gradients)).toEqual(block.weightNames);
  const result = {
    out: Float32Array.from(out.dataSync()),
    loads: block.loads(trace),
    gradients: Object.fromEntries(
      Object.entries({ normed: dNormed, ...gradients }).map(
        ([name, tensor]) => [name, Float32Array.from(tensor.dataSync())] as const,
      ),
    ),
  };
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

describe('a layer of routed experts', () => {
  it.each(cases)(
    'has the output, loads and, in every weight, gradient of its equations: $mlp $experts',
    async (given) => {
      const set = setUp(given);
      const { out, loads, margin } = reference(set, set.weights, set.inputs.normed);
      expect(margin).toBeGreaterThan(1e-4);
      if (given.bias) expect(loads[3]).toBe(0);
      else expect(Math.min(...loads)).toBeGreaterThan(0);

      const numeric: Arrays = {};
      const h = 1e-5;
      for (const [name, values] of Object.entries({ normed: set.inputs.normed, ...set.weights })) {
        numeric[name] = Float64Array.from(values, (value, i) => {
          const at = (shift: number) => {
            const moved = Float64Array.from(values);
            moved[i] = value + shift;
            const weights = name === 'normed' ? set.weights : { ...set.weights, [name]: moved };
            return reference(set, weights, name === 'normed' ? moved : set.inputs.normed).objective;
          };
          return (at(h) - at(-h)) / (2 * h);
        });
      }
      for (const name of ['cpu', 'wasm'] as const) {
        const actual = compute(await selectBackend(name), set);
        expect(actual.loads).toEqual(loads);
        for (const [i, value] of out.entries()) expect(actual.out[i]).toBeCloseTo(value, 4);
        for (const [weight, expected] of Object.entries(numeric)) {
          const gradient = actual.gradients[weight]!;
          expect(gradient.length).toBe(expected.length);
          const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          expect(largest).toBeGreaterThan(0);
          const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - gradient[i]!)), 0);
          expect(worst / largest, `${weight} on ${name}`).toBeLessThan(1e-5);
        }
      }
    },
  );
});
