// What repeated text is worth (Muennighoff et al. 2023, "Scaling data-constrained language models").
//   U   unique tokens, D  tokens trained, R = D / U - 1 repetitions (0 when D <= U)
//   D'  effective tokens = U + U R* (1 - exp(-R / R*)): the first passes are nearly as good as new text, and no number
//       of passes is worth more than (1 + R*) U
//   N'  effective parameters, likewise over U_N = min(N, N_opt(U)), the model that U tokens feed
//   L   = E + A / N'^alpha + B / D'^beta, nats per token of web text
// R* belongs to the form: 15.39 is fitted together with the decay of parameters, 2.92 where data alone decays. Both
// are shown; the first one is used. Failure modes: one law for all kinds of text; fitted on up to 9e9 parameters and
// 9e11 tokens.
import { requireNumber } from '#libs/simplex';

/** R* of the form that discounts data and parameters. */
export const REPETITION_DECAY = 15.387756;
/** R* of the form that discounts data alone. */
export const REPETITION_DECAY_DATA_ONLY = 2.92;
const PARAMETER_DECAY = 5.309743;

export const DATA_CONSTRAINED_LAW = {
  A: Math.exp(6.255414),
  B: Math.exp(7.3049974),
  E: Math.exp(0.6254804),
  exponent: 0.3526596,
} as const;

export const REPETITION_SOURCE =
  'Muennighoff et al. 2023, Scaling data-constrained language models: constants of the published fit on C4';

/** x^a for x > 0, from exp and log alone: equal on every machine. */
function power(x: number, exponent: number): number {
  return Math.exp(exponent * Math.log(x));
}

function discounted(unique: number, used: number, decay: number): number {
  if (used <= unique) return used;
  if (unique <= 0) return 0;
  return unique + unique * decay * (1 - Math.exp(-(used / unique - 1) / decay));
}

/** D': tokens of new text that `trained` tokens of `unique` ones are worth; any unit. */
export function effectiveTokens(unique: number, trained: number, decay = REPETITION_DECAY): number {
  return discounted(unique, trained, decay);
}

/** D'/D after so many epochs: 1 up to one epoch, then falling. */
export function repetitionEfficiency(epochs: number, decay = REPETITION_DECAY): number {
  return epochs <= 1 ? 1 : effectiveTokens(1, epochs, decay) / epochs;
}

/** The most epochs whose efficiency is at least `efficiency` in (0, 1]; 1 for 1. By bisection to the last digit. */
export function epochsForEfficiency(efficiency: number, decay = REPETITION_DECAY): number {
  requireNumber('minimumEfficiency', efficiency, { above: 0, max: 1 });
  // D' never exceeds (1 + R*) U, so the efficiency is below (1 + R*) / epochs.
  let [low, high] = [1, (1 + decay) / efficiency + 1];
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (repetitionEfficiency(middle, decay) >= efficiency) low = middle;
    else high = middle;
  }
  return low;
}

/** B (D'^-beta - D^-beta): what not having `trained` new tokens costs, nats per token. 0 without repetition. */
export function repetitionLoss(effective: number, trained: number): number {
  const { B, exponent } = DATA_CONSTRAINED_LAW;
  if (effective <= 0) return trained > 0 ? Infinity : 0;
  return effective >= trained ? 0 : B * (power(effective, -exponent) - power(trained, -exponent));
}

/** N_opt(U): the parameters for which `unique` tokens are compute-optimal. */
function optimalParameters(unique: number): number {
  const { A, B } = DATA_CONSTRAINED_LAW;
  // alpha = beta: N_opt(C) = G (C/6)^(1/2), D_opt(C) = (C/6)^(1/2) / G, so N_opt = G^2 D_opt.
  const g = power(A / B, 1 / (2 * DATA_CONSTRAINED_LAW.exponent));
  return unique * g * g;
}

/**
 * Loss of `parameters` trained on `tokens`, `unique` of them new.
 * @param decayed false for the law without decay, which takes a repeated token for a new one
 */
export function dataConstrainedLoss(parameters: number, tokens: number, unique: number, decayed = true): number {
  const { A, B, E, exponent } = DATA_CONSTRAINED_LAW;
  const known = Math.min(unique, tokens);
  const data = decayed ? effectiveTokens(known, tokens) : tokens;
  const useful = Math.min(parameters, optimalParameters(known));
  const size = decayed ? discounted(useful, parameters, PARAMETER_DECAY) : parameters;
  return E + A * power(size, -exponent) + B * power(data, -exponent);
}
