// Prediction by QuickScorer (Lucchese et al. 2015) on bins. Leaves of a tree are numbered from left to right and kept
// as the bits of one 32-bit word. Every node whose test x <= threshold fails rules out the leaves on its left; the exit
// leaf is the lowest bit that is left. Trees are taken 16 at a time, so that what they need stays in the fastest cache:
// per feature the thresholds of these trees, ranked, and per rank the intersection of the masks of all failing tests,
// one word per tree, which is one line of memory. The tables are made once a forest is asked for many rows; few rows
// walk the trees. Both add the same outputs in the same order, so the sums are equal to the last bit.
import type { Mixtures } from '../surrogate.js';
import { type Forest, MAX_LEAVES } from './forest.js';
import { treeKernels } from './kernels/tree-kernels.js';

/** Trees in a block: their words fill one 64-byte line. */
const BLOCK = 16;
/** Rows laid out in the kernel's memory at a time. */
const ROWS = 2048;
/** Rows that repay making the tables, and rows in one call that repay bringing them in. */
const MAKE_TABLES = 1024;
const USE_TABLES = 16;

interface Block {
  /** m x 256: rank of a bin among the block's thresholds on a feature. */
  readonly ranks: Uint8Array;
  /** Per feature, where its rows of masks begin. */
  readonly first: Uint32Array;
  readonly masks: Uint32Array;
  /** BLOCK x MAX_LEAVES. */
  readonly outputs: Float64Array;
}

interface Tables {
  /** m x 256, infinite past a feature's last bound. */
  readonly bounds: Float64Array;
  readonly blocks: readonly Block[];
}

export class ForestPredictor {
  /** Two per node: the node (>= 0) or leaf (-1 - position in outputs) on its left and on its right. */
  private readonly children: Int32Array;
  private readonly thresholds: Float64Array;
  private tables: Tables | null = null;
  private walked = 0;

  constructor(private readonly forest: Forest) {
    this.children = childrenOf(forest);
    this.thresholds = Float64Array.from(forest.bin, (bin, k) => forest.bounds[forest.feature[k]!]![bin]!);
  }

  predict(mixtures: Mixtures): Float64Array {
    const { start, rate, nodes } = this.forest;
    const few = mixtures.length < USE_TABLES || this.walked + mixtures.length < MAKE_TABLES;
    const sums = nodes.length === 0 || few ? this.walk(mixtures) : this.score(mixtures);
    return sums.map((sum) => start + rate * sum);
  }

  private walk(mixtures: Mixtures): Float64Array {
    const { children, thresholds } = this;
    const { feature, nodes, outputs } = this.forest;
    this.walked += mixtures.length;
    return Float64Array.from(mixtures, (row) => {
      let sum = 0;
      let root = 0;
      for (let t = 0; t < nodes.length; t++) {
        let node = root;
        while (node >= 0) node = children[2 * node + (row[feature[node]!]! <= thresholds[node]! ? 0 : 1)]!;
        sum += outputs[-1 - node]!;
        root += nodes[t]!;
      }
      return sum;
    });
  }

  private score(mixtures: Mixtures): Float64Array {
    this.tables ??= this.makeTables();
    const { bounds, blocks } = this.tables;
    const m = this.forest.bounds.length;
    const kernels = treeKernels();
    const masks = blocks.reduce((sum, block) => sum + block.masks.length, 0);
    const at = kernels.layOut({
      bounds: bounds.byteLength,
      ranks: blocks.length * m * 256,
      first: blocks.length * m * 4,
      masks: masks * 4,
      outputs: blocks.length * BLOCK * MAX_LEAVES * 8,
      values: ROWS * m * 8,
      bins: ROWS * m,
      sums: ROWS * 8,
    });
    const { buffer } = kernels;
    if (kernels.owner !== this.tables) {
      kernels.owner = this.tables;
      new Float64Array(buffer, at.bounds).set(bounds);
      let words = 0;
      blocks.forEach((block, b) => {
        new Uint8Array(buffer, at.ranks + b * m * 256).set(block.ranks);
        new Uint32Array(buffer, at.first + b * m * 4).set(block.first.map((first) => first + words));
        new Uint32Array(buffer, at.masks + words * 4).set(block.masks);
        new Float64Array(buffer, at.outputs + b * BLOCK * MAX_LEAVES * 8).set(block.outputs);
        words += block.masks.length;
      });
    }
    const values = new Float64Array(buffer, at.values, ROWS * m);
    const sums = new Float64Array(buffer, at.sums, ROWS);
    const out = new Float64Array(mixtures.length);
    for (let begin = 0; begin < mixtures.length; begin += ROWS) {
      const count = Math.min(ROWS, mixtures.length - begin);
      for (let r = 0; r < count; r++) {
        const row = mixtures[begin + r]!;
        for (let f = 0; f < m; f++) values[r * m + f] = row[f]!;
      }
      sums.fill(0, 0, count);
      kernels.binRows(count, m, at.values, at.bounds, at.bins);
      for (let b = 0; b < blocks.length; b++) {
        const ranks = at.ranks + b * m * 256;
        const first = at.first + b * m * 4;
        const outputs = at.outputs + b * BLOCK * MAX_LEAVES * 8;
        kernels.addBlock(count, m, at.bins, ranks, first, at.masks, outputs, at.sums);
      }
      out.set(sums.subarray(0, count), begin);
    }
    return out;
  }

  private makeTables(): Tables {
    const { bounds: limits, nodes } = this.forest;
    const bounds = new Float64Array(limits.length * 256).fill(Infinity);
    limits.forEach((limit, f) => {
      bounds.set(limit, f * 256);
    });
    const blocks: Block[] = [];
    let root = 0;
    for (let tree = 0; tree < nodes.length; tree += BLOCK) {
      blocks.push(this.makeBlock(tree, root));
      for (let t = tree; t < Math.min(tree + BLOCK, nodes.length); t++) root += nodes[t]!;
    }
    return { bounds, blocks };
  }

  /** The block of the trees from `tree` on, whose first node is `root`. */
  private makeBlock(tree: number, root: number): Block {
    const { bounds, nodes, feature, bin, outputs: leafOutputs } = this.forest;
    const outputs = new Float64Array(BLOCK * MAX_LEAVES);
    const byFeature: { bin: number; tree: number; mask: number }[][] = bounds.map(() => []);
    const trees = Math.min(BLOCK, nodes.length - tree);
    for (let t = 0; t < trees; t++) {
      let leaves = 0;
      /** Numbers the leaves below `child` from left to right; returns their bits. */
      const visit = (child: number): number => {
        if (child < 0) {
          outputs[t * MAX_LEAVES + leaves] = leafOutputs[-1 - child]!;
          return 1 << leaves++;
        }
        const left = visit(this.children[2 * child]!);
        const right = visit(this.children[2 * child + 1]!);
        byFeature[feature[child]!]!.push({ bin: bin[child]!, tree: t, mask: ~left });
        return left | right;
      };
      visit(root);
      root += nodes[tree + t]!;
    }
    const ranks = new Uint8Array(bounds.length * 256);
    const first = new Uint32Array(bounds.length);
    const words: number[] = [];
    byFeature.forEach((tests, f) => {
      first[f] = words.length;
      tests.sort((a, b) => a.bin - b.bin);
      const row = new Array<number>(BLOCK).fill(-1);
      words.push(...row);
      let rank = 0;
      for (let k = 0; k < tests.length; k++) {
        const test = tests[k]!;
        row[test.tree]! &= test.mask;
        if (tests[k + 1]?.bin === test.bin) continue;
        words.push(...row);
        rank += 1;
        ranks.fill(rank, f * 256 + test.bin + 1, (f + 1) * 256);
      }
    });
    return { ranks, first, masks: Uint32Array.from(words), outputs };
  }
}

/** Replays the splits of every tree. */
function childrenOf(forest: Forest): Int32Array {
  const { nodes, leaf } = forest;
  const children = new Int32Array(leaf.length * 2);
  let first = 0;
  nodes.forEach((count, t) => {
    // Leaves come one more per tree than nodes.
    const output = first + t;
    /** Where each leaf so far hangs: the position in `children`, -1 for the root. */
    const hangs = [-1];
    for (let k = 0; k < count; k++) {
      const node = first + k;
      const split = leaf[node]!;
      const place = hangs[split]!;
      if (place >= 0) children[place] = node;
      children[2 * node] = -1 - (output + split);
      children[2 * node + 1] = -1 - (output + k + 1);
      hangs[split] = 2 * node;
      hangs.push(2 * node + 1);
    }
    first += count;
  });
  return children;
}
