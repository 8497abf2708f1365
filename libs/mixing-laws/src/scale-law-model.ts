// The additive and the joint law of loss in the mixture h, the parameters N and the training tokens D.
//   h_i   weight of domain i (m of them);  N0, D0  geometric means of the fitted rows, so that terms are of size 1
//   L(h, N, D) = E + 1 / Σ_i exp(c_i) h_i^γ_i + A(h) (N/N0)^−α + B(h) (D/D0)^−β
//   additive   A = exp(a), B = exp(b): the best mixture is the same at every scale
//   joint      A(h) = (Σ_i exp(a_i) h_i)^γA, B(h) likewise: it may move with N and D
//   θ          additive: [E, c (m), ln γ (m), ln α, ln β, a, b]                     (2m + 5)
//              joint:    [E, c (m), ln γ (m), ln α, ln β, a (m), γA, b (m), γB]     (4m + 5)
// Reference: Shukor et al., "Scaling laws for optimal data mixtures" (arXiv 2507.09404).
// Failure modes: with two sizes E and α cannot be told apart, with one neither A: the pull on ln α decides (fit-scale-law).
// A domain with weight 0 contributes nothing to the sum, so a mixture of one unseen domain has an unbounded loss.
export type ScaleLawForm = 'additive' | 'joint';

export interface ScaleLawLayout {
  readonly form: ScaleLawForm;
  /** m */
  readonly domains: number;
  readonly count: number;
  readonly floor: 0;
  readonly mix: number;
  readonly logGamma: number;
  readonly logAlpha: number;
  readonly logBeta: number;
  /** Start of a; its exponent γA lies at a + m in the joint law. */
  readonly size: number;
  readonly data: number;
}

export function scaleLawLayout(form: ScaleLawForm, domains: number): ScaleLawLayout {
  const m = domains;
  const width = form === 'joint' ? m + 1 : 1;
  return {
    form,
    domains,
    count: 2 * m + 3 + 2 * width,
    floor: 0,
    mix: 1,
    logGamma: 1 + m,
    logAlpha: 1 + 2 * m,
    logBeta: 2 + 2 * m,
    size: 3 + 2 * m,
    data: 3 + 2 * m + width,
  };
}

/** ln h_i of u mixtures, −Infinity for a weight of 0. */
export function logWeights(mixtures: readonly ArrayLike<number>[], m: number): Float64Array {
  const logs = new Float64Array(mixtures.length * m);
  mixtures.forEach((mixture, u) => {
    for (let i = 0; i < m; i++) logs[u * m + i] = mixture[i]! > 0 ? Math.log(mixture[i]!) : Number.NEGATIVE_INFINITY;
  });
  return logs;
}

/** 1 / Σ exp(c_i) h_i^γ_i of the mixture whose logarithms start at `offset`. */
export function mixtureTerm(layout: ScaleLawLayout, theta: Float64Array, logs: Float64Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < layout.domains; i++) {
    if (logs[offset + i]! === Number.NEGATIVE_INFINITY) continue;
    sum += Math.exp(theta[layout.mix + i]! + Math.exp(theta[layout.logGamma + i]!) * logs[offset + i]!);
  }
  return 1 / sum;
}

/** Adds slope × the gradient of the mixture term, whose value is `term`. */
export function addMixtureGradient(
  layout: ScaleLawLayout,
  theta: Float64Array,
  logs: Float64Array,
  offset: number,
  term: number,
  slope: number,
  gradient: Float64Array,
): void {
  const outer = -slope * term * term;
  for (let i = 0; i < layout.domains; i++) {
    const log = logs[offset + i]!;
    if (log === Number.NEGATIVE_INFINITY) continue;
    const gamma = Math.exp(theta[layout.logGamma + i]!);
    const part = outer * Math.exp(theta[layout.mix + i]! + gamma * log);
    gradient[layout.mix + i]! += part;
    gradient[layout.logGamma + i]! += part * gamma * log;
  }
}

/** A(h) or B(h), whose parameters start at `at`. */
export function scaleFactor(
  layout: ScaleLawLayout,
  theta: Float64Array,
  mixture: ArrayLike<number>,
  at: number,
): number {
  if (layout.form === 'additive') return Math.exp(theta[at]!);
  return Math.exp(theta[at + layout.domains]! * Math.log(weighedSum(layout, theta, mixture, at)));
}

function weighedSum(layout: ScaleLawLayout, theta: Float64Array, mixture: ArrayLike<number>, at: number): number {
  let sum = 0;
  for (let i = 0; i < layout.domains; i++) sum += Math.exp(theta[at + i]!) * mixture[i]!;
  return sum;
}

/** Adds slope × the gradient of A(h) or B(h), whose value is `factor`. */
export function addFactorGradient(
  layout: ScaleLawLayout,
  theta: Float64Array,
  mixture: ArrayLike<number>,
  at: number,
  factor: number,
  slope: number,
  gradient: Float64Array,
): void {
  if (layout.form === 'additive') {
    gradient[at]! += slope * factor;
    return;
  }
  const m = layout.domains;
  const sum = weighedSum(layout, theta, mixture, at);
  const outer = (slope * factor * theta[at + m]!) / sum;
  for (let i = 0; i < m; i++) gradient[at + i]! += outer * Math.exp(theta[at + i]!) * mixture[i]!;
  gradient[at + m]! += slope * factor * Math.log(sum);
}
