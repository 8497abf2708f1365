import type { Loss } from '#libs/contracts';
import type { Tensor } from '../../backend/operations.js';
import { heldOutWindows } from '../../data/held-out-windows.js';
import type { DomainText } from '../../data/load-domain.js';
import type { ExpertLoads } from './experts/expert-loads.js';
import type { Transformer } from './transformer.js';

export interface EvaluationSettings {
  contextLength: number;
  vocabulary: number;
  /** Held-out tokens for each domain. */
  evaluationTokens: number;
}

/**
 * Tokens of one forward pass in an evaluation: large enough to hide the dispatch, small enough for the caches, and never
 * more logits than 128 MB hold, so that a large vocabulary fits where its training does.
 */
const tokensPerPass = 2048;
const logitsPerPass = 2 ** 25;

/**
 * Mean loss on the fixed held-out sequences of one domain: nats per token, and bits for each byte that the scored
 * tokens stand for (the end of a document counts as one), which compares across tokenizers.
 * @param loads the tokens that each layer's routed experts got are added to it
 */
export function evaluateDomain(
  model: Pick<Transformer, 'losses'>,
  weights: Tensor,
  domain: DomainText,
  settings: EvaluationSettings,
  loads?: ExpertLoads,
): Loss {
  const { contextLength, evaluationTokens, vocabulary } = settings;
  const windows = heldOutWindows(domain.heldOut.length, contextLength, evaluationTokens);
  const perPass = Math.max(1, Math.floor(Math.min(tokensPerPass, logitsPerPass / vocabulary) / contextLength));
  let total = 0;
  let bytes = 0;
  for (let first = 0; first < windows.length; first += perPass) {
    const starts = windows.slice(first, first + perPass);
    const inputs = new Int32Array(starts.length * contextLength);
    const targets = new Int32Array(starts.length * contextLength);
    for (const [row, start] of starts.entries()) {
      inputs.set(domain.heldOut.subarray(start, start + contextLength), row * contextLength);
      targets.set(domain.heldOut.subarray(start + 1, start + contextLength + 1), row * contextLength);
      bytes += bytesOf(domain, start + 1, contextLength);
    }
    const losses = model.losses(weights, { inputs, targets }, loads);
    for (const loss of losses.dataSync()) total += loss;
    losses.dispose();
  }
  const natsPerToken = total / (windows.length * contextLength);
  return { natsPerToken, bitsPerByte: total / (Math.LN2 * bytes) };
}

function bytesOf({ heldOutLengths }: DomainText, start: number, tokens: number): number {
  return heldOutLengths?.subarray(start, start + tokens).reduce((sum, length) => sum + length, 0) ?? tokens;
}
