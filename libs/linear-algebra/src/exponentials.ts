import { withWorkspace } from './workspace.js';

/**
 * e^x of every value within 1 unit in the last place, the same bits on every machine; 0 below -708, clamped above 709.
 */
export function exponentials(values: ArrayLike<number>): Float64Array {
  return withWorkspace((workspace) => {
    const block = workspace.vector(values.length, values);
    workspace.kernels.exponentials((values.length + 1) & ~1, block.address);
    return workspace.view(block).slice(0, values.length);
  });
}
