import type { Loss } from '#libs/contracts';
import type { Tensor } from '../../backend/operations.js';
import { heldOutWindows } from '../../data/held-out-windows.js';
import type { DomainText } from '../../data/load-domain.js';
import type { Transformer } from './transformer.js';

export interface EvaluationSettings {
  contextLength: number;
  /** Held-out tokens for each domain. */
  evaluationTokens: number;
}

/** Tokens of one forward pass in an evaluation: large enough to hide the dispatch, small enough for the caches. */
const tokensPerPass = 2048;

/**
 * Mean loss on the fixed held-out sequences of one domain: nats per token, and bits per byte, which for byte tokens
 * is the same number in another unit.
 */
export function evaluateDomain(
  model: Transformer,
  weights: Tensor,
  domain: DomainText,
  settings: EvaluationSettings,
): Loss {
  const { contextLength, evaluationTokens } = settings;
  const windows = heldOutWindows(domain.heldOut.length, contextLength, evaluationTokens);
  const perPass = Math.max(1, Math.floor(tokensPerPass / contextLength));
  let total = 0;
  for (let first = 0; first < windows.length; first += perPass) {
    const starts = windows.slice(first, first + perPass);
    const inputs = new Int32Array(starts.length * contextLength);
    const targets = new Int32Array(starts.length * contextLength);
    for (const [row, start] of starts.entries()) {
      inputs.set(domain.heldOut.subarray(start, start + contextLength), row * contextLength);
      targets.set(domain.heldOut.subarray(start + 1, start + contextLength + 1), row * contextLength);
    }
    const losses = model.losses(weights, { inputs, targets });
    for (const loss of losses.dataSync()) total += loss;
    losses.dispose();
  }
  const natsPerToken = total / (windows.length * contextLength);
  return { natsPerToken, bitsPerByte: natsPerToken / Math.LN2 };
}
