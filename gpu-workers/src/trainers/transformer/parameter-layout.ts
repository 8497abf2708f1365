import type { TransformerParameters } from '#libs/contracts';
import { expertHiddenWidth, hiddenWidth, muPScales } from '#libs/proxy-models';

export interface ParameterSlot {
  name: string;
  shape: number[];
  size: number;
  /** Standard deviation of the normal initial value; 0 means all ones (gains). */
  deviation: number;
  /** Matrices decay; gains and the embedding do not (decaying it would shrink the rows of rare tokens). */
  decays: boolean;
  /** The slot's learning rate over the run's: below 1 for matrices of a model wider than muP's base. */
  rate: number;
}

/**
 * Where each weight lies in the model's one flat parameter vector, in order. Matrices are [inputs, outputs]; one
 * matrix holds query, key and value side by side, another SwiGLU's gate and value. Experts' matrices stand one after
 * the other: [experts, inputs, outputs].
 * Initial values: matrices normal with deviation 1/sqrt(inputs), those that write to the residual stream smaller by
 * sqrt(2 layers); the embedding, which is the output matrix too, 1/sqrt(width)/2: then first logits are small. With
 * muP the embedding's does not shrink with width, and the router's does faster (libs/proxy-models/src/mu-p.ts). A router
 * starts a tenth as large as other matrices: its first choices are then near-ties, which training settles, and not
 * lots that a random matrix drew once for all.
 */
export function parameterLayout(parameters: TransformerParameters): ParameterSlot[] {
  const { layers, width, vocabulary } = parameters;
  const scales = muPScales(parameters);
  const residual = 1 / Math.sqrt(2 * layers);
  const gain = (name: string) => slot(name, [width], { deviation: 0, decays: false, rate: 1 });
  const matrix = (name: string, shape: number[], factor = 1) =>
    slot(name, shape, { deviation: factor / Math.sqrt(shape.at(-2)!), decays: true, rate: scales.hiddenRate });
  return [
    slot('embedding', [vocabulary, width], {
      deviation: 0.5 / Math.sqrt(scales.embeddingWidth),
      decays: false,
      rate: 1,
    }),
    ...Array.from({ length: layers }, (_, layer) => [
      gain(`layer${layer}.attentionNorm`),
      matrix(`layer${layer}.qkv`, [width, 3 * width]),
      matrix(`layer${layer}.attentionOut`, [width, width], residual),
      gain(`layer${layer}.mlpNorm`),
      ...mlpShapes(parameters).map(({ name, shape, writes }) =>
        matrix(
          `layer${layer}.${name}`,
          shape,
          name === 'router' ? routerFactor * scales.router : writes ? residual : 1,
        ),
      ),
    ]).flat(),
    gain('finalNorm'),
  ];
}

/** Fedus et al., Switch Transformers, 2021, section 2.4. */
const routerFactor = 0.1;

/** The matrices of a layer's MLP; `writes` to the residual stream. */
function mlpShapes(parameters: TransformerParameters): { name: string; shape: number[]; writes: boolean }[] {
  const { width, mlp, experts } = parameters;
  const entering = (hidden: number) => (mlp === 'swiglu' ? 2 * hidden : hidden);
  if (!experts) {
    const hidden = hiddenWidth(parameters);
    return [
      { name: 'mlpIn', shape: [width, entering(hidden)], writes: false },
      { name: 'mlpOut', shape: [hidden, width], writes: true },
    ];
  }
  const hidden = expertHiddenWidth(parameters, experts);
  const { count, shared } = experts;
  // Shared experts stand side by side as one MLP: every token visits them all, so it is the same sum.
  const sharedHidden = shared * hidden;
  return [
    { name: 'router', shape: [width, count], writes: false },
    { name: 'expertsIn', shape: [count, width, entering(hidden)], writes: false },
    { name: 'expertsOut', shape: [count, hidden, width], writes: true },
    ...(shared > 0
      ? [
          { name: 'sharedIn', shape: [width, entering(sharedHidden)], writes: false },
          { name: 'sharedOut', shape: [sharedHidden, width], writes: true },
        ]
      : []),
  ];
}

function slot(
  name: string,
  shape: number[],
  values: Pick<ParameterSlot, 'deviation' | 'decays' | 'rate'>,
): ParameterSlot {
  return { name, shape, size: shape.reduce((product, length) => product * length, 1), ...values };
}
