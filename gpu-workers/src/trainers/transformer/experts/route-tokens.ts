// Which experts a token visits, and with what weight.
//
//   s_mi   softmax of the router's logits l_mi over the E experts        [M, E], computed in double precision
//   chosen the K experts of the largest l_mi, or of the largest s_mi + b_i where there is a bias; of two alike the
//          one of the lower index                                         [M, K], best first
//   g_mk   K > 1: s of the chosen over their sum, so a token's gates sum to 1; K = 1: s itself (Switch), for a gate
//          that is always 1 would leave the router without a gradient     [M, K]
//
// The choice is made on the host: the number of rows of each expert decides the shapes of all that follows.
// Not finite: a token with NaN among its logits gets K different experts and NaN gates, so that the loss shows it.
// Reference: Fedus et al., Switch Transformers, 2021; Wang et al., Auxiliary-Loss-Free Load Balancing, 2024.

export interface Routing {
  tokens: number;
  experts: number;
  topK: number;
  /** [M, E] */
  probabilities: Float32Array;
  /** [M]: log of the sum of exp of a token's logits. */
  logsums: Float64Array;
  /** [M, K] */
  chosen: Int32Array;
  /** [M, K] */
  gates: Float32Array;
  /** [E]: tokens that chose each expert. */
  counts: number[];
}

/** @param logits [M, E] @param bias [E], added to the probabilities for the choice alone */
export function routeTokens(logits: Float32Array, experts: number, topK: number, bias?: Float32Array): Routing {
  const tokens = logits.length / experts;
  const probabilities = new Float32Array(logits.length);
  const logsums = new Float64Array(tokens);
  const chosen = new Int32Array(tokens * topK);
  const gates = new Float32Array(tokens * topK);
  const counts = new Array<number>(experts).fill(0);
  const scores = new Float64Array(experts);

  for (let m = 0; m < tokens; m++) {
    const row = logits.subarray(m * experts, (m + 1) * experts);
    logsums[m] = logSumExp(row);
    for (let i = 0; i < experts; i++) {
      const probability = Math.exp(row[i]! - logsums[m]!);
      probabilities[m * experts + i] = probability;
      scores[i] = bias ? probability + bias[i]! : row[i]!;
    }
    const own = chosen.subarray(m * topK, (m + 1) * topK);
    chooseLargest(scores, own);
    let sum = 0;
    for (const expert of own) {
      counts[expert]!++;
      sum += Math.exp(row[expert]! - logsums[m]!);
    }
    if (topK === 1) sum = 1;
    for (const [k, expert] of own.entries()) gates[m * topK + k] = Math.exp(row[expert]! - logsums[m]!) / sum;
  }
  return { tokens, experts, topK, probabilities, logsums, chosen, gates, counts };
}

function logSumExp(row: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of row) if (!(value <= largest)) largest = value;
  let sum = 0;
  for (const value of row) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

/** Indices of the largest scores, best first, ties by index: an insertion into a short sorted list. */
function chooseLargest(scores: Float64Array, into: Int32Array): void {
  let filled = 0;
  for (let i = 0; i < scores.length; i++) {
    let place = filled;
    while (place > 0 && scores[i]! > scores[into[place - 1]!]!) place--;
    if (place === into.length) continue;
    filled = Math.min(filled + 1, into.length);
    for (let k = filled - 1; k > place; k--) into[k] = into[k - 1]!;
    into[place] = i;
  }
}

/** The rows that experts work on: tokens sorted by expert, in their own order within one. */
export interface Dispatch {
  /** [M K]: the token of each row. */
  rows: Int32Array;
  /** [M, K]: the row in which a token meets its k-th expert. */
  slots: Int32Array;
}

export function dispatchTokens({ chosen, counts, topK }: Routing): Dispatch {
  const rows = new Int32Array(chosen.length);
  const slots = new Int32Array(chosen.length);
  const next = new Int32Array(counts.length);
  for (let i = 1; i < counts.length; i++) next[i] = next[i - 1]! + counts[i - 1]!;
  for (const [place, expert] of chosen.entries()) {
    const row = next[expert]!++;
    rows[row] = Math.floor(place / topK);
    slots[place] = row;
  }
  return { rows, slots };
}
