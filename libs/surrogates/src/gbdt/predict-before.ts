// Prediction by QuickScorer (Lucchese et al. 2015). Leaves of a tree are numbered from left to right and kept as the
// bits of one 32-bit word. Every node whose test x <= threshold fails rules out the leaves on its left; the exit leaf
// is the lowest bit that is left. Per feature the nodes of all trees are sorted by threshold, so the failing tests are
// a prefix: on mixtures, where most weights are near 0, a short one. Measured at more than twice the speed of walking trees.
import type { Mixtures } from '../surrogate.js';
import type { Tree } from './grow-tree.js';

/** Leaves that fit one word, and so the most a tree may have. */
export const MAX_LEAVES = 32;

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
  }

  predict(mixtures: Mixtures): Float64Array {
    const { outputs, offsets, thresholds, treeOf, masks } = this;
    const alive = new Int32Array(this.trees.length);
    const out = new Float64Array(mixtures.length);
    for (let r = 0; r < mixtures.length; r++) {
      const row = mixtures[r]!;
      alive.fill(-1);
      for (let f = 0; f < this.domains; f++) {
        const x = row[f]!;
        for (let k = offsets[f]!; thresholds[k]! < x; k++) alive[treeOf[k]!] = alive[treeOf[k]!]! & masks[k]!;
      }
      let sum = 0;
      for (let t = 0; t < alive.length; t++) {
        const bits = alive[t]!;
        sum += outputs[t * MAX_LEAVES + 31 - Math.clz32(bits & -bits)]!;
      }
      out[r] = this.start + this.scale * sum;
    }
    return out;
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
