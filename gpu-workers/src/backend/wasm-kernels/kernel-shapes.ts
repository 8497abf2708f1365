import type { Gate, Tensor } from '../operations.js';

/** Kernels write without bounds checks, so shapes are checked here. */
export function shapeOf(tensor: Tensor, name: string, ...expected: (number | undefined)[]): number[] {
  const fits =
    tensor.rank === expected.length &&
    expected.every((size, axis) => size === undefined || size === tensor.shape[axis]);
  if (!fits)
    throw new Error(`${name} must have shape [${expected.map((size) => size ?? 'any')}], got [${tensor.shape}]`);
  return tensor.shape;
}

// As in kernels.c: a product's tile, the blocks that operands are packed in, and what it needs of scratch.
export const tileRows = 6;
export const panelColumns = 8;
const [depth, height] = [192, 36];
export const padded = (n: number) => Math.ceil(n / panelColumns) * panelColumns;
export const packedFloats = (K: number, N: number) =>
  (K + height) * padded(N) + depth * height + 2 * tileRows * panelColumns;
export const gatedWidth = (kind: Gate, hiddenWidth: number) => (kind === 'swiglu' ? hiddenWidth / 2 : hiddenWidth);
