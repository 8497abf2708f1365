// node bench/expert-routing.mjs: how four ways of balancing experts route two domains that share no character. For each
// seed and layer: mutual information of domain and expert in bits / MaxVio of the held-out text. About a minute.
import { openWasmBackend } from '../dist/gpu-workers/src/backend/wasm-backend.js';
import { twoDomainParameters, twoDomains } from '../dist/gpu-workers/src/trainers/transformer/experts/two-domains.js';
import { trainTransformer } from '../dist/gpu-workers/src/trainers/transformer/train-transformer.js';
import { transformerParametersSchema } from '../dist/libs/contracts/src/index.js';
import { describeRouting } from '../dist/libs/routing/src/index.js';

const balancings = {
  'auxiliary, global batch': { scope: 'global-batch' },
  'auxiliary, micro-batches': { scope: 'micro-batch' },
  'loss-free bias': { balancing: 'loss-free' },
  none: { balancing: 'none' },
};
const seeds = [1, 2, 3];

const texts = Object.entries(twoDomains()).map(([name, documents]) => {
  const text = Buffer.from(documents.join(''));
  const cut = Math.floor(0.8 * text.length);
  return { name, training: text.subarray(0, cut), heldOut: text.subarray(cut), heldOutLengths: null };
});
const backend = { ...(await openWasmBackend()), reason: '' };

async function routingOf(experts, seed) {
  const loads = [];
  let losses = [];
  const parameters = { ...twoDomainParameters, experts: { ...twoDomainParameters.experts, ...experts } };
  const assignment = {
    ...{ sweepId: 'toy', runId: 'toy', attempt: 1, seed, fidelity: 'toy', trainer: 'transformer', checkpoints: null },
    parameters: transformerParametersSchema.parse(parameters),
    domains: texts.map(({ name }) => ({ name, path: name, weight: 0.5, tokens: 1000 })),
  };
  await trainTransformer(assignment, texts, {
    backend,
    elapsedSeconds: () => 0,
    onMessage: (message) => {
      if (message.type === 'expert-load') loads.push(message);
      if (message.type === 'result') losses = Object.values(message.losses).map(({ natsPerToken }) => natsPerToken);
    },
  });
  const cells = describeRouting(loads).map(
    ({ mutualInformationBits, maximumViolation }) =>
      `${mutualInformationBits.toFixed(2)} / ${maximumViolation.toFixed(2)}`,
  );
  return [...cells, (losses.reduce((sum, loss) => sum + loss, 0) / losses.length).toFixed(2)];
}

process.stdout.write(
  '| balancing | seed | layer 0: bits / MaxVio | layer 1: bits / MaxVio | loss |\n|---|---|---|---|---|\n',
);
for (const [name, experts] of Object.entries(balancings)) {
  for (const seed of seeds) {
    process.stdout.write(`| ${[name, seed, ...(await routingOf(experts, seed))].join(' | ')} |\n`);
  }
}
