// One leaf-wise tree on binned features, squared error: gradient g = prediction - loss, hessian 1 per row, so a
// node's hessian is its row count n and its best constant is -G / (n + lambda) with G the sum of gradients.
// Splitting a node into L and R gains G_L^2/(n_L+lambda) + G_R^2/(n_R+lambda) - G^2/(n+lambda). The leaf with the
// largest gain is split next (ties: the leaf made first, then the lower feature, then the lower bin) until there are
// `leaves` leaves or no gain is positive. Histograms of gradient and count are built for the smaller child alone;
// the sibling's are the parent's minus those. A node too small to split never gets a histogram.
import type { BinnedFeatures } from './bin-features.js';

export interface TreeSettings {
  readonly leaves: number;
  /** Fewest rows a leaf may hold, at least 1. */
  readonly minRows: number;
  readonly lambda: number;
}

/** Arrays over the internal nodes; node 0 is the root. A child >= 0 is a node, a child c < 0 is leaf -c - 1. */
export interface Tree {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Output per leaf before shrinkage; a tree without nodes has one leaf. */
  readonly output: Float64Array;
  readonly gain: Float64Array;
}

interface Leaf {
  start: number;
  end: number;
  gradient: number;
  histogram: Histogram | null;
  /** Node whose child this leaf is, and on which side; -1 for the root. */
  parent: number;
  onRight: boolean;
  gain: number;
  feature: number;
  bin: number;
  leftRows: number;
  leftGradient: number;
}

interface Histogram {
  readonly gradient: Float64Array;
  readonly count: Int32Array;
}

/** Buffers reused from tree to tree, for n rows and the bins of one data set. */
export class TreeGrower {
  private readonly rows: Int32Array;
  private readonly spill: Int32Array;
  private readonly offsets: Int32Array;
  private readonly pool: Histogram[] = [];
  private leavesGrown: Leaf[] = [];

  constructor(
    private readonly binned: BinnedFeatures,
    private readonly n: number,
    private readonly settings: TreeSettings,
  ) {
    this.rows = new Int32Array(n);
    this.spill = new Int32Array(n);
    this.offsets = new Int32Array(binned.bounds.length + 1);
    binned.bounds.forEach((bounds, f) => {
      this.offsets[f + 1] = this.offsets[f]! + bounds.length + 1;
    });
  }

  /** Grows one tree on the n gradients; `rowsOfLeaf` then gives the rows of each of its leaves. */
  grow(gradients: Float64Array): Tree {
    const { leaves: maxLeaves } = this.settings;
    const feature: number[] = [];
    const threshold: number[] = [];
    const left: number[] = [];
    const right: number[] = [];
    const gains: number[] = [];
    for (const leaf of this.leavesGrown) this.release(leaf);
    let total = 0;
    for (let r = 0; r < this.n; r++) {
      this.rows[r] = r;
      total += gradients[r]!;
    }
    const root = this.newLeaf(0, this.n, total, -1, false);
    const leaves = [root];
    this.leavesGrown = leaves;
    if (this.splittable(root)) {
      root.histogram = this.build(root, gradients);
      this.findSplit(root);
    }
    while (leaves.length < maxLeaves) {
      let at = -1;
      for (let i = 0; i < leaves.length; i++) {
        if (leaves[i]!.gain > 0 && (at < 0 || leaves[i]!.gain > leaves[at]!.gain)) at = i;
      }
      if (at < 0) break;
      const split = leaves[at]!;
      const node = feature.length;
      feature.push(split.feature);
      threshold.push(this.binned.bounds[split.feature]![split.bin]!);
      gains.push(split.gain);
      left.push(-at - 1);
      right.push(-leaves.length - 1);
      if (split.parent >= 0) (split.onRight ? right : left)[split.parent] = node;
      this.partition(split);
      const middle = split.start + split.leftRows;
      const lower = this.newLeaf(split.start, middle, split.leftGradient, node, false);
      const upper = this.newLeaf(middle, split.end, split.gradient - split.leftGradient, node, true);
      this.divideHistogram(split, lower, upper, gradients);
      leaves[at] = lower;
      leaves.push(upper);
    }
    const { lambda } = this.settings;
    return {
      feature: Int32Array.from(feature),
      threshold: Float64Array.from(threshold),
      left: Int32Array.from(left),
      right: Int32Array.from(right),
      output: Float64Array.from(leaves, (leaf) => -leaf.gradient / (leaf.end - leaf.start + lambda)),
      gain: Float64Array.from(gains),
    };
  }

  /** The training rows in leaf `index` of the tree grown last. */
  rowsOfLeaf(index: number): Int32Array {
    const leaf = this.leavesGrown[index]!;
    return this.rows.subarray(leaf.start, leaf.end);
  }

  private newLeaf(start: number, end: number, gradient: number, parent: number, onRight: boolean): Leaf {
    return {
      start,
      end,
      gradient,
      histogram: null,
      parent,
      onRight,
      gain: 0,
      feature: 0,
      bin: 0,
      leftRows: 0,
      leftGradient: 0,
    };
  }

  private splittable(leaf: Leaf): boolean {
    return leaf.end - leaf.start >= 2 * this.settings.minRows;
  }

  private release(leaf: Leaf): void {
    if (leaf.histogram) this.pool.push(leaf.histogram);
    leaf.histogram = null;
  }

  private build(leaf: Leaf, gradients: Float64Array): Histogram {
    const size = this.offsets.at(-1)!;
    const histogram = this.pool.pop() ?? { gradient: new Float64Array(size), count: new Int32Array(size) };
    const { gradient, count } = histogram;
    gradient.fill(0);
    count.fill(0);
    const { codes } = this.binned;
    const { rows, n, offsets } = this;
    for (let f = 0; f + 1 < offsets.length; f++) {
      const offset = offsets[f]!;
      if (offsets[f + 1]! - offset < 2) continue;
      const column = f * n;
      for (let k = leaf.start; k < leaf.end; k++) {
        const row = rows[k]!;
        const bin = offset + codes[column + row]!;
        gradient[bin] = gradient[bin]! + gradients[row]!;
        count[bin] = count[bin]! + 1;
      }
    }
    return histogram;
  }

  /** Gives the children their histograms, the larger by subtraction, and finds their best splits. */
  private divideHistogram(parent: Leaf, lower: Leaf, upper: Leaf, gradients: Float64Array): void {
    const lowerIsSmall = lower.end - lower.start <= upper.end - upper.start;
    const small = lowerIsSmall ? lower : upper;
    const large = lowerIsSmall ? upper : lower;
    if (this.splittable(large)) {
      const built = this.build(small, gradients);
      const whole = parent.histogram!;
      for (let b = 0; b < built.count.length; b++) {
        whole.gradient[b] = whole.gradient[b]! - built.gradient[b]!;
        whole.count[b] = whole.count[b]! - built.count[b]!;
      }
      large.histogram = whole;
      parent.histogram = null;
      this.findSplit(large);
      small.histogram = built;
      if (this.splittable(small)) this.findSplit(small);
      else this.release(small);
    } else this.release(parent);
  }

  private findSplit(leaf: Leaf): void {
    const { minRows, lambda } = this.settings;
    const { gradient, count } = leaf.histogram!;
    const rows = leaf.end - leaf.start;
    const total = leaf.gradient;
    const base = (total * total) / (rows + lambda);
    let best = base;
    for (let f = 0; f + 1 < this.offsets.length; f++) {
      const first = this.offsets[f]!;
      const last = this.offsets[f + 1]! - 1;
      let g = 0;
      let c = 0;
      for (let b = first; b < last; b++) {
        const added = count[b]!;
        if (added === 0) continue;
        g += gradient[b]!;
        c += added;
        if (c < minRows) continue;
        const above = rows - c;
        if (above < minRows) break;
        const rest = total - g;
        const value = (g * g) / (c + lambda) + (rest * rest) / (above + lambda);
        if (value > best) {
          best = value;
          leaf.feature = f;
          leaf.bin = b - first;
          leaf.leftRows = c;
          leaf.leftGradient = g;
        }
      }
    }
    leaf.gain = best - base;
  }

  /** Moves the rows of the leaf's left side before those of its right side, each keeping its order. */
  private partition(leaf: Leaf): void {
    const column = leaf.feature * this.n;
    const { codes } = this.binned;
    let low = leaf.start;
    let spilled = 0;
    for (let k = leaf.start; k < leaf.end; k++) {
      const row = this.rows[k]!;
      if (codes[column + row]! <= leaf.bin) this.rows[low++] = row;
      else this.spill[spilled++] = row;
    }
    for (let k = 0; k < spilled; k++) this.rows[low + k] = this.spill[k]!;
  }
}
