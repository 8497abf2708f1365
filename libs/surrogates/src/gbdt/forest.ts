// Boosted trees as the order of their splits. Node k of a tree splits leaf `leaf[k]`, which stays as the left child;
// the right child becomes leaf k + 1. A mixture goes left where its weight of `feature[k]` is at most
// bounds[feature[k]][bin[k]]. The prediction is start + rate * the sum over trees of the exit leaf's output.
import { decodeBytes, encodeBytes } from './base64.js';

/** Leaves that fit one word of a mask, and so the most a tree may have. */
export const MAX_LEAVES = 32;

export interface Forest {
  readonly start: number;
  readonly rate: number;
  /** Upper bounds of every bin but the last, ascending, one array per feature. */
  readonly bounds: readonly Float64Array[];
  /** Nodes of each tree, at least 1. */
  readonly nodes: Uint8Array;
  /** The nodes of all trees, tree after tree. */
  readonly leaf: Uint8Array;
  readonly feature: Uint16Array;
  readonly bin: Uint8Array;
  /** The leaves of all trees, tree after tree: one more per tree than nodes. */
  readonly outputs: Float64Array;
}

/** JSON-safe; about 17 bytes per leaf. */
export function encodeForest(forest: Forest): Record<string, unknown> {
  return {
    start: forest.start,
    rate: forest.rate,
    bounds: forest.bounds.map(encodeBytes),
    nodes: encodeBytes(forest.nodes),
    leaf: encodeBytes(forest.leaf),
    feature: encodeBytes(forest.feature),
    bin: encodeBytes(forest.bin),
    outputs: encodeBytes(forest.outputs),
  };
}

export function decodeForest(state: Readonly<Record<string, unknown>>): Forest {
  return {
    start: state.start as number,
    rate: state.rate as number,
    bounds: (state.bounds as string[]).map((text) => new Float64Array(decodeBytes(text).buffer)),
    nodes: decodeBytes(state.nodes as string),
    leaf: decodeBytes(state.leaf as string),
    feature: new Uint16Array(decodeBytes(state.feature as string).buffer),
    bin: decodeBytes(state.bin as string),
    outputs: new Float64Array(decodeBytes(state.outputs as string).buffer),
  };
}
