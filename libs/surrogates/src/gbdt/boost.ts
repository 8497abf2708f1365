// Boosting with squared error: gradient g = prediction - loss, hessian 1 per row, so a node's hessian is its row count
// n and its best constant is -G / (n + lambda) with G the sum of gradients. Splitting a node into L and R gains
// G_L^2/(n_L+lambda) + G_R^2/(n_R+lambda) - G^2/(n+lambda). The leaf with the largest gain is split next (ties: the
// leaf made first, then the lower feature, then the lower bin) until there are `leaves` leaves or no gain is positive.
// kernels/trees.c grows each tree; this file lays out its memory and collects the trees.
import { type BinnedFeatures, sortRowsByBin } from './bin-features.js';
import { type Forest, MAX_LEAVES } from './forest.js';
import { treeKernels } from './kernels/tree-kernels.js';

export interface BoostSettings {
  readonly rounds: number;
  readonly rate: number;
  readonly leaves: number;
  /** Fewest rows a leaf may hold, at least 1. */
  readonly minRows: number;
  readonly lambda: number;
}

export interface Boosted {
  readonly forest: Forest;
  /** Sum of the gains of each feature's splits. */
  readonly gains: Float64Array;
  /** Prediction minus loss of each row. */
  readonly gradients: Float64Array;
}

/** Boosts from the mean of the n losses; fewer trees than `rounds` when no split gains any more. */
export function boost(binned: BinnedFeatures, losses: ArrayLike<number>, settings: BoostSettings): Boosted {
  const n = losses.length;
  const { bounds } = binned;
  // A feature of one bin splits nothing.
  const active = bounds.flatMap((limits, f) => (limits.length > 0 ? [f] : []));
  const kernels = treeKernels();
  const at = kernels.layOut({
    gradients: n * 8,
    inverses: (n + 1) * 8,
    outputs: MAX_LEAVES * 8,
    gains: MAX_LEAVES * 8,
    sorted: active.length * n * 4,
    order: active.length * n * 4,
    spill: n * 4,
    feature: MAX_LEAVES * 2,
    codes: active.length * n,
    sides: n,
    leaf: MAX_LEAVES,
    bin: MAX_LEAVES,
  });
  kernels.owner = null;
  const { buffer } = kernels;
  let start = 0;
  for (let r = 0; r < n; r++) start += losses[r]! / n;
  const gradients = new Float64Array(buffer, at.gradients, n);
  for (let r = 0; r < n; r++) gradients[r] = start - losses[r]!;
  const inverses = new Float64Array(buffer, at.inverses, n + 1);
  for (let c = 1; c <= n; c++) inverses[c] = 1 / (c + settings.lambda);
  const codes = new Uint8Array(buffer, at.codes, active.length * n);
  active.forEach((f, i) => {
    codes.set(binned.codes.subarray(f * n, (f + 1) * n), i * n);
  });
  sortRowsByBin(codes, n, new Uint32Array(buffer, at.sorted, active.length * n));

  const collected = collector(bounds.length);
  const tree = {
    leaf: new Uint8Array(buffer, at.leaf, MAX_LEAVES),
    feature: new Uint16Array(buffer, at.feature, MAX_LEAVES),
    bin: new Uint8Array(buffer, at.bin, MAX_LEAVES),
    outputs: new Float64Array(buffer, at.outputs, MAX_LEAVES),
    gains: new Float64Array(buffer, at.gains, MAX_LEAVES),
  };
  for (let round = 0; round < settings.rounds && active.length > 0; round++) {
    const nodes = kernels.growTree(
      n,
      active.length,
      settings.minRows,
      settings.leaves,
      settings.rate,
      at.codes,
      at.sorted,
      at.order,
      at.spill,
      at.sides,
      at.inverses,
      at.gradients,
      at.leaf,
      at.feature,
      at.bin,
      at.outputs,
      at.gains,
    );
    if (nodes === 0) break;
    collected.add(nodes, tree, active);
  }
  return {
    forest: { start, rate: settings.rate, bounds, ...collected.trees() },
    gains: collected.gains,
    gradients: gradients.slice(),
  };
}

interface GrownTree {
  readonly leaf: Uint8Array;
  readonly feature: Uint16Array;
  readonly bin: Uint8Array;
  readonly outputs: Float64Array;
  readonly gains: Float64Array;
}

function collector(features: number) {
  const nodesOf: number[] = [];
  const leaf: number[] = [];
  const feature: number[] = [];
  const bin: number[] = [];
  const outputs: number[] = [];
  const gains = new Float64Array(features);
  return {
    gains,
    /** `active` maps the kernel's feature numbers to the forest's. */
    add(nodes: number, tree: GrownTree, active: readonly number[]) {
      nodesOf.push(nodes);
      for (let k = 0; k < nodes; k++) {
        const f = active[tree.feature[k]!]!;
        leaf.push(tree.leaf[k]!);
        feature.push(f);
        bin.push(tree.bin[k]!);
        gains[f] = gains[f]! + tree.gains[k]!;
      }
      for (let k = 0; k <= nodes; k++) outputs.push(tree.outputs[k]!);
    },
    trees: () => ({
      nodes: Uint8Array.from(nodesOf),
      leaf: Uint8Array.from(leaf),
      feature: Uint16Array.from(feature),
      bin: Uint8Array.from(bin),
      outputs: Float64Array.from(outputs),
    }),
  };
}
