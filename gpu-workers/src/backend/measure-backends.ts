import { transformerParametersSchema } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import { Transformer } from '../trainers/transformer/transformer.js';
import { TransformerTrainer } from '../trainers/transformer/transformer-trainer.js';
import { type BackendName, messageOf, type OpenedBackend } from './backend.js';
import { type BackendCandidate, backendCandidates, openChecked } from './select-backend.js';

export interface BackendSpeed {
  /** 10^9 floating-point operations a second in one matrix product of 256 x 256 x 256. */
  gigaflops: number;
  /** Training tokens a second of the default proxy, in one process. */
  tokensPerSecond: number;
}

export type BackendMeasurement = { label: string } & (
  | ({ usable: true; name: BackendName; note?: string } & BackendSpeed)
  | { usable: false; refusal: string }
);

/**
 * Tries every backend there is, fastest first: how fast it multiplies and trains, or why it cannot be used. Takes about
 * `seconds` for each, and one training step at least.
 */
export async function measureBackends(
  seconds = 1,
  candidates: readonly BackendCandidate[] = backendCandidates,
): Promise<BackendMeasurement[]> {
  const measurements: BackendMeasurement[] = [];
  for (const candidate of candidates) {
    const { label } = candidate;
    try {
      const backend = await openChecked(candidate);
      const { name, note } = backend;
      const speed = {
        gigaflops: await productSpeed(backend, seconds / 5),
        tokensPerSecond: trainingSpeed(backend, seconds),
      };
      measurements.push({ label, usable: true, name, ...(note ? { note } : {}), ...speed });
    } catch (error) {
      measurements.push({ label, usable: false, refusal: messageOf(error) });
    }
  }
  return measurements;
}

async function productSpeed({ tf, operations }: OpenedBackend, seconds: number): Promise<number> {
  const side = 256;
  const [a, b] = [tf.ones([side, side]), tf.ones([side, side])];
  // Reading one number of the last product waits for all of them where a backend computes behind the caller's back.
  const multiply = (times: number) => {
    for (let i = 1; i < times; i++) operations.matMul(a, b).dispose();
    const corner = tf.tidy(() => tf.slice(operations.matMul(a, b), [0, 0], [1, 1]));
    corner.dataSync();
    corner.dispose();
  };
  const perCall = 8;
  const rate = callsPerSecond(() => multiply(perCall), seconds);
  tf.dispose([a, b]);
  return (rate * perCall * 2 * side ** 3) / 1e9;
}

/** Steps of the whole batch, or of one sequence where a backend is too slow for that. */
function trainingSpeed(backend: OpenedBackend, seconds: number): number {
  const parameters = transformerParametersSchema.parse({});
  const { batchSize, contextLength, vocabulary, learningRate } = parameters;
  const random = createRandom(1);
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, random);
  const speed = (sequences: number, duration: number) => {
    const tokens = () => Int32Array.from({ length: sequences * contextLength }, () => random.integer(vocabulary));
    const batch = { inputs: tokens(), targets: tokens() };
    return batch.inputs.length * callsPerSecond(() => trainer.step(batch, learningRate), duration);
  };
  try {
    const alone = speed(1, seconds / 10);
    return alone * seconds < batchSize * contextLength ? alone : speed(batchSize, seconds);
  } finally {
    trainer.dispose();
    model.dispose();
  }
}

/** The first calls, in which code is compiled and memory taken, do not count unless they already last that long. */
function callsPerSecond(call: () => void, seconds: number): number {
  const secondsOf = (calls: number) => {
    const begun = performance.now();
    for (let i = 0; i < calls; i++) call();
    return (performance.now() - begun) / 1000;
  };
  const first = secondsOf(1);
  if (first >= seconds) return 1 / first;
  secondsOf(3);
  let [calls, spent] = [0, 0];
  while (spent < seconds) {
    spent += secondsOf(1);
    calls++;
  }
  return calls / spent;
}
