// Prediction by QuickScorer (Lucchese et al. 2015). Leaves of a tree are numbered from left to right and kept as the
// bits of one 32-bit word. Every node whose test x <= threshold fails rules out the leaves on its left; the exit leaf
// is the lowest bit that is left. Per feature the nodes of all trees are sorted by threshold, so the failing tests are
// a prefix. Every STRIDE nodes the masks of the prefix so far are kept as a row, one word per tree, so that only the
// nodes after the last such row are looked at one by one.
import type { Mixtures } from '../surrogate.js';
import type { Tree } from './grow-tree.js';

/** Leaves that fit one word, and so the most a tree may have. */
export const MAX_LEAVES = 32;

/** Nodes between two rows of prefix masks: reading a row of 1000 words costs about twice as much as this many nodes. */
const STRIDE = 128;

interface NodeTest {
  readonly threshold: number;
  readonly tree: number;
  readonly mask: number;
}

/** Prediction of start + scale * the sum of the trees' outputs. */
export class TreeEnsemble {
  private readonly outputs: Float64Array;
  private readonly offsets: Int32Array;
  private readonly thresholds: Float64Array;
  private readonly treeOf: Int32Array;
  private readonly masks: Int32Array;
  /** Per feature, row c holds per tree the AND of the masks of the feature's first c * STRIDE nodes. */
  private readonly prefixes: Int32Array[];

  constructor(
    private readonly trees: readonly Tree[],
    private readonly start: number,
    private readonly scale: number,
    private readonly domains: number,
  ) {
    this.outputs = new Float64Array(trees.length * MAX_LEAVES);
    const byFeature: NodeTest[][] = Array.from({ length: domains }, () => []);
    trees.forEach((tree, t) => {
      this.addTree(tree, t, byFeature);
    });
    // One entry past each feature's nodes holds an infinite threshold, which ends the scan.
    const size = byFeature.reduce((sum, nodes) => sum + nodes.length + 1, 0);
    this.offsets = new Int32Array(domains);
    this.thresholds = new Float64Array(size).fill(Infinity);
    this.treeOf = new Int32Array(size);
    this.masks = new Int32Array(size);
    let at = 0;
    byFeature.forEach((nodes, f) => {
      this.offsets[f] = at;
      for (const node of nodes.sort((a, b) => a.threshold - b.threshold || a.tree - b.tree)) {
        this.thresholds[at] = node.threshold;
        this.treeOf[at] = node.tree;
        this.masks[at] = node.mask;
        at += 1;
      }
      at += 1;
    });
    this.prefixes = byFeature.map((nodes, f) => this.prefixMasks(nodes.length, this.offsets[f]!));
  }

  predict(mixtures: Mixtures): Float64Array {
    const { outputs, offsets, thresholds, treeOf, masks, prefixes } = this;
    const count = this.trees.length;
    const alive = new Int32Array(count);
    const out = new Float64Array(mixtures.length).fill(this.start);
    if (count === 0) return out;
    for (let r = 0; r < mixtures.length; r++) {
      const row = mixtures[r]!;
      alive.fill(-1);
      for (let f = 0; f < this.domains; f++) {
        const x = row[f]!;
        const first = offsets[f]!;
        const prefix = prefixes[f]!;
        let c = prefix.length / count - 1;
        while (c > 0 && thresholds[first + c * STRIDE - 1]! >= x) c -= 1;
        if (c > 0) for (let t = 0, p = c * count; t < count; t++, p++) alive[t] = alive[t]! & prefix[p]!;
        for (let k = first + c * STRIDE; thresholds[k]! < x; k++) alive[treeOf[k]!] = alive[treeOf[k]!]! & masks[k]!;
      }
      let sum = 0;
      for (let t = 0; t < count; t++) {
        const bits = alive[t]!;
        sum += outputs[t * MAX_LEAVES + 31 - Math.clz32(bits & -bits)]!;
      }
      out[r] = this.start + this.scale * sum;
    }
    return out;
  }

  private prefixMasks(nodes: number, first: number): Int32Array {
    const count = this.trees.length;
    const rows = new Int32Array((Math.floor(nodes / STRIDE) + 1) * count).fill(-1, 0, count);
    for (let c = 1; c * STRIDE <= nodes; c++) {
      rows.copyWithin(c * count, (c - 1) * count, c * count);
      for (let k = first + (c - 1) * STRIDE; k < first + c * STRIDE; k++) {
        const at = c * count + this.treeOf[k]!;
        rows[at] = rows[at]! & this.masks[k]!;
      }
    }
    return rows;
  }

  /** Numbers the leaves from left to right, stores their outputs and collects the nodes with their masks. */
  private addTree(tree: Tree, t: number, byFeature: NodeTest[][]): void {
    let leaves = 0;
    /** Returns the bits of the leaves under `child`. */
    const visit = (child: number): number => {
      if (child < 0) {
        this.outputs[t * MAX_LEAVES + leaves] = tree.output[-child - 1]!;
        return 1 << leaves++;
      }
      const leftBits = visit(tree.left[child]!);
      const rightBits = visit(tree.right[child]!);
      byFeature[tree.feature[child]!]!.push({ threshold: tree.threshold[child]!, tree: t, mask: ~leftBits });
      return leftBits | rightBits;
    };
    visit(tree.feature.length === 0 ? -1 : 0);
  }
}
