// A domain cut down so that a proxy repeats it as often as the large run will.
//
//   D   tokens that the proxy trains on        w    the domain's weight
//   D*  tokens of the large run                U    the domain's tokens in the corpus
//
// The large run sees the domain w D* / U times. A proxy that may read all of it sees it w D / U times, so text that the
// large run repeats is still new to it, and the small domain looks better than it is. With K = U D / D* tokens kept the
// proxy sees them w D / K = w D* / U times, whatever w is. U / D* has no unit, so U and D* may be counted by another
// tokenizer than D. Reference: "Repetition Mismatch" (arXiv 2606.07597).

import type { TransformerParameters } from '#libs/contracts';
import { tokensPerRun } from '#libs/contracts';

/** K of a domain with `tokens` in the corpus; Infinity (all of it) without a target, or one no longer than the proxy. */
export function keptTokens(parameters: TransformerParameters, tokens: number): number {
  const target = parameters.repetition?.targetTokens ?? 0;
  const own = tokensPerRun(parameters);
  return target > own ? (tokens * own) / target : Number.POSITIVE_INFINITY;
}

/**
 * How much of each document is kept, in its own tokens: documents of the lowest rank whole, the next one cut, so that the
 * lengths sum to `tokens`. A smaller number keeps a part of what a larger one keeps.
 */
export function keepDocuments(documents: readonly { length: number; rank: number }[], tokens: number): number[] {
  const order = documents.map((_, index) => index);
  order.sort((a, b) => documents[a]!.rank - documents[b]!.rank || a - b);
  const kept = documents.map(() => 0);
  let left = tokens;
  for (const index of order) {
    if (left <= 0) break;
    kept[index] = Math.min(left, documents[index]!.length);
    left -= kept[index]!;
  }
  return kept;
}
