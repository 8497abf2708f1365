import type { Experts, TransformerParameters } from '#libs/contracts';

type Mlp = Pick<TransformerParameters, 'width' | 'mlp' | 'mlpRatio'>;

/** Hidden width of the MLP: mlpRatio (8/3 for swiglu, so that it costs what relu2's 4 costs) x width, in fours. */
export function hiddenWidth(parameters: Mlp): number {
  return inFours(mlpRatioOf(parameters) * parameters.width);
}

/**
 * Hidden width of one expert, routed or shared: ratio x width, in fours. The default ratio is mlpRatio / topK: then the
 * routed experts of a token cost what the dense MLP costs.
 */
export function expertHiddenWidth(parameters: Mlp, { ratio, topK }: Pick<Experts, 'ratio' | 'topK'>): number {
  return inFours((ratio ?? mlpRatioOf(parameters) / topK) * parameters.width);
}

function mlpRatioOf({ mlp, mlpRatio }: Mlp): number {
  return mlpRatio ?? (mlp === 'swiglu' ? 8 / 3 : 4);
}

function inFours(width: number): number {
  return Math.max(4, 4 * Math.round(width / 4));
}
