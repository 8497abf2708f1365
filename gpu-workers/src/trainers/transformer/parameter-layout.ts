import type { TransformerParameters } from '#libs/contracts';

/** Bytes, so no tokenizer: losses in nats per token are nats per byte. */
export const vocabularySize = 256;

export interface ParameterSlot {
  name: string;
  shape: number[];
  size: number;
  /** Standard deviation of the normal initial value; 0 means all ones (gains). */
  deviation: number;
  /** Matrices decay; gains and the embedding do not (decaying it would shrink the rows of rare bytes). */
  decays: boolean;
}

/** Hidden width of the MLP: mlpRatio (8/3 for swiglu, so that it costs what relu2's 4 costs) x width, in fours. */
export function hiddenWidth({ width, mlp, mlpRatio }: TransformerParameters): number {
  return Math.max(4, 4 * Math.round(((mlpRatio ?? (mlp === 'swiglu' ? 8 / 3 : 4)) * width) / 4));
}

/**
 * Where each weight lies in the model's one flat parameter vector, in order. Matrices are [inputs, outputs]; one
 * matrix holds query, key and value side by side, another SwiGLU's gate and value.
 * Initial values: matrices normal with deviation 1/sqrt(inputs), those that write to the residual stream smaller by
 * sqrt(2 layers); the embedding, which is the output matrix too, 1/sqrt(width)/2: then first logits are small.
 */
export function parameterLayout(parameters: TransformerParameters): ParameterSlot[] {
  const { layers, width, mlp } = parameters;
  const hidden = hiddenWidth(parameters);
  const slot = (name: string, shape: number[], deviation: number, decays: boolean): ParameterSlot => ({
    name,
    shape,
    size: shape.reduce((product, length) => product * length, 1),
    deviation,
    decays,
  });
  const residual = 1 / Math.sqrt(2 * layers);
  return [
    slot('embedding', [vocabularySize, width], embeddingDeviation(width), false),
    ...Array.from({ length: layers }, (_, layer) => [
      slot(`layer${layer}.attentionNorm`, [width], 0, false),
      slot(`layer${layer}.qkv`, [width, 3 * width], 1 / Math.sqrt(width), true),
      slot(`layer${layer}.attentionOut`, [width, width], residual / Math.sqrt(width), true),
      slot(`layer${layer}.mlpNorm`, [width], 0, false),
      slot(`layer${layer}.mlpIn`, [width, mlp === 'swiglu' ? 2 * hidden : hidden], 1 / Math.sqrt(width), true),
      slot(`layer${layer}.mlpOut`, [hidden, width], residual / Math.sqrt(hidden), true),
    ]).flat(),
    slot('finalNorm', [width], 0, false),
  ];
}

function embeddingDeviation(width: number): number {
  return 0.5 / Math.sqrt(width);
}
