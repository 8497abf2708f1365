// Held-out loss by learning rate and width, with muP and without: does the rate that is best at width 32 stay the best?
// Text of a made-up language, by seed; the same table on every machine with the same kernels. Needs npm run build.
//
//   node bench/learning-rate-transfer.mjs [--steps 120] [--layers 2] [--widths 32,64,128] [--rates=-9,-4]
import { parseArgs } from 'node:util';
import { selectBackend } from '../dist/gpu-workers/src/backend/select-backend.js';
import { trainTransformer } from '../dist/gpu-workers/src/trainers/transformer/train-transformer.js';
import { transformerAssignmentSchema } from '../dist/gpu-workers/src/trainers/transformer/transformer-assignment.js';
import { createRandom } from '../dist/libs/simplex/src/index.js';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '120' },
    layers: { type: 'string', default: '2' },
    widths: { type: 'string', default: '32,64,128' },
    rates: { type: 'string', default: '-9,-4' },
  },
});
const widths = values.widths.split(',').map(Number);
const [lowest, highest] = values.rates.split(',').map(Number);
const exponents = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
const steps = Number(values.steps);
const backend = await selectBackend('wasm');

/** A language of made-up words, of which each may be followed by one of two. */
function createLanguage(seed) {
  const random = createRandom(seed);
  const letter = () => String.fromCharCode(97 + random.integer(26));
  const words = Array.from({ length: 30 }, () => Array.from({ length: 2 + random.integer(5) }, letter).join(''));
  const followers = words.map(() => [random.integer(words.length), random.integer(words.length)]);
  return (textSeed, length) => {
    const choice = createRandom(textSeed);
    let word = choice.integer(words.length);
    const next = () => {
      word = followers[word][choice.integer(2)];
      return words[word];
    };
    return Array.from({ length }, next).join(' ');
  };
}

const write = createLanguage(1);
const text = {
  name: 'made-up',
  training: Buffer.from(write(1, 20_000)),
  heldOut: Buffer.from(write(2, 2000)),
  heldOutLengths: null,
};

async function lossOf(width, learningRate, muP) {
  const parameters = {
    ...{ layers: Number(values.layers), width, heads: width / 16, contextLength: 32, batchSize: 8 },
    ...{ steps, warmupSteps: Math.round(steps / 10), learningRate },
    ...{ muP, muPBaseWidth: widths[0], muPBaseHeads: widths[0] / 16 },
  };
  const identity = { sweepId: 'sweep', runId: 'run', attempt: 1, seed: 1, fidelity: 'proxy', trainer: 'transformer' };
  const domains = [{ name: text.name, path: text.name, weight: 1, tokens: text.training.length }];
  let last;
  await trainTransformer(transformerAssignmentSchema.parse({ ...identity, parameters, domains }), [text], {
    backend,
    onMessage: (message) => {
      last = message;
    },
    elapsedSeconds: () => 0,
  });
  return last.type === 'result' ? last.losses[text.name].natsPerToken : Number.NaN;
}

for (const muP of [true, false]) {
  console.log(`\n${muP ? 'with' : 'without'} muP: held-out loss, nats per byte; * the best of each width`);
  console.log(`| width | ${exponents.map((exponent) => `2^${exponent}`).join(' | ')} |`);
  console.log(`|---|${exponents.map(() => '---').join('|')}|`);
  for (const width of widths) {
    const losses = [];
    for (const exponent of exponents) losses.push(await lossOf(width, 2 ** exponent, muP));
    const best = Math.min(...losses.filter((loss) => !Number.isNaN(loss)));
    const cells = losses.map(
      (loss) => `${Number.isNaN(loss) ? 'diverged' : loss.toFixed(3)}${loss === best ? ' *' : ''}`,
    );
    console.log(`| ${width} | ${cells.join(' | ')} |`);
  }
}
