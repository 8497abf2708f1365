import { type TransformerParameters, type TransformerRequest, transformerParametersSchema } from '#libs/contracts';
import { InvalidInputError } from '#libs/simplex';
import { chooseShape } from './choose-shape.js';

/** The model that the learning rate was chosen for. */
export interface MuPBase {
  width: number;
  heads: number;
}

/**
 * The parameters of every run, from what a user asked for: a size becomes layers, width and heads (chooseShape), tokens
 * become steps (rounded up), and a warm-up that was not asked for is 20 steps or a tenth of the run.
 * @param muPBase of a sweep over several widths: muP is then on unless refused, and its base is this
 * @throws InvalidInputError (code 'trainer-shape') naming the parameter, its value and what is allowed
 */
export function completeTransformer(
  { size, tokens, ...request }: TransformerRequest,
  muPBase?: MuPBase,
): TransformerParameters {
  const width = request.width ?? 64;
  const shape =
    size === undefined ? { layers: request.layers ?? 2, width, heads: request.heads ?? 4 } : chooseShape(size, request);
  const steps =
    tokens === undefined ? (request.steps ?? 200) : Math.ceil(tokens / (request.batchSize * request.contextLength));
  const muP = request.muP ?? muPBase !== undefined;
  const base = muP && request.muPBaseWidth === undefined ? muPBase : undefined;
  const parsed = transformerParametersSchema.safeParse({
    ...request,
    ...shape,
    steps,
    warmupSteps: request.warmupSteps ?? Math.min(20, Math.floor(steps / 10)),
    muP,
    ...(base && { muPBaseWidth: base.width, muPBaseHeads: request.muPBaseHeads ?? base.heads }),
  });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const from = path[0] === 'steps' && tokens !== undefined ? ` (steps are computed from tokens = ${tokens})` : '';
  throw new InvalidInputError('trainer-shape', `${message}${from}`, { argument: path.join('.') });
}
