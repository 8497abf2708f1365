import type { TransformerParameters } from '#libs/contracts';
import { expertHiddenWidth, hiddenWidth } from './hidden-width.js';

export type ModelShape = Pick<
  TransformerParameters,
  'layers' | 'width' | 'vocabulary' | 'mlp' | 'mlpRatio' | 'experts'
>;

export interface ParameterCount {
  /** Everything that is trained: the embedding, which is the output matrix too, counts once. */
  total: number;
  /** Without the routed experts that a token does not visit. */
  active: number;
  embedding: number;
  /** Entries of the matrices, the embedding aside, that a token is multiplied with. */
  activeMatrices: number;
}

/** How many numbers the transformer of this shape trains. */
export function countParameters(shape: ModelShape): ParameterCount {
  const { layers, width, vocabulary, experts } = shape;
  const embedding = vocabulary * width;
  const gains = (2 * layers + 1) * width;
  const attention = 4 * width * width;
  const mlp = (hidden: number) => (shape.mlp === 'swiglu' ? 3 : 2) * width * hidden;
  let dense = attention;
  let everyExpert = 0;
  let visitedExperts = 0;
  if (experts) {
    const expert = mlp(expertHiddenWidth(shape, experts));
    dense += width * experts.count + experts.shared * expert;
    everyExpert = experts.count * expert;
    visitedExperts = experts.topK * expert;
  } else {
    dense += mlp(hiddenWidth(shape));
  }
  const activeMatrices = layers * (dense + visitedExperts);
  return {
    total: embedding + gains + layers * (dense + everyExpert),
    active: embedding + gains + activeMatrices,
    embedding,
    activeMatrices,
  };
}
