import { InvalidInputError } from '#libs/simplex';
import { countParameters, type ModelShape } from './count-parameters.js';

export interface Shape {
  layers: number;
  width: number;
  heads: number;
}

/** Widths that are tried, up to and including `to`, and how wide a head then is (about, where a width does not divide). */
const widthRanges = [
  { to: 64, step: 8, head: 16 },
  { to: 128, step: 16, head: 16 },
  { to: 512, step: 32, head: 32 },
  { to: 4096, step: 64, head: 64 },
] as const;
const leastWidth = 16;
const layerCounts = { least: 2, most: 48 } as const;
/** Width over layers that is aimed at; loss depends little on it (Kaplan et al., arXiv 2001.08361, figure 5). */
const aspect = 64;
/** How much nearer (in ln) to the size a shape must come for each factor of 2 between its aspect and that one. */
const aspectWeight = 0.05;
/** How far the parameters may be from the size. */
export const sizeTolerance = 0.25;

/**
 * Layers, width and heads of about `size` trainable parameters, embedding and all experts included: of 2 to 48 layers
 * and the widths above, the shape with the least |ln(parameters / size)| + 0.05 |log2(width / (64 layers))|, of equals
 * the first by layers and then by width.
 * @throws InvalidInputError (code 'trainer-shape') when the nearest is off by more than a quarter
 */
export function chooseShape(size: number, rest: Omit<ModelShape, 'layers' | 'width'>): Shape {
  let best = { layers: 0, width: 0, head: 0, parameters: 0, cost: Number.POSITIVE_INFINITY };
  for (let layers = layerCounts.least; layers <= layerCounts.most; layers++) {
    for (const { width, head } of candidateWidths()) {
      const parameters = countParameters({ ...rest, layers, width }).total;
      const cost =
        Math.abs(Math.log(parameters / size)) + aspectWeight * Math.abs(Math.log(width / (aspect * layers)) / Math.LN2);
      if (cost < best.cost) best = { layers, width, head, parameters, cost };
    }
  }
  const { layers, width, head, parameters } = best;
  if (Math.abs(parameters - size) > sizeTolerance * size) {
    throw new InvalidInputError(
      'trainer-shape',
      `no shape with a vocabulary of ${rest.vocabulary} comes within ${100 * sizeTolerance} % of ${size}; the ` +
        `nearest has ${parameters} parameters (${layers} layers of width ${width}): ask for that, or give layers, width and heads`,
      { argument: 'size' },
    );
  }
  return { layers, width, heads: width / head };
}

function* candidateWidths(): Generator<{ width: number; head: number }> {
  let width = leastWidth - widthRanges[0].step;
  for (const { to, step, head } of widthRanges) {
    while (width < to) {
      width += step;
      yield { width, head: headWidth(width, head) };
    }
  }
}

/** The least multiple of 4 from `wanted` on that divides the width. */
function headWidth(width: number, wanted: number): number {
  let head = wanted;
  while (width % head !== 0) head += 4;
  return head;
}
