// The data-mixing law with its form chosen by the runs: M4, or the product form, of which M4 is a special case, when
// that predicts left-out runs better. M4 lets a domain act with the same exponent from its first hundredth to its
// last; on the published three-domain runs that is wrong for Books3, whose loss falls by half its range within the
// first eighth, and the product form halves the held-out error.
// Reference: Ye et al. 2024, "Data mixing laws". Failure modes: those of mixing-law-m4.ts and product-law.ts.
import { InvalidInputError } from '#libs/simplex';
import { checkRows, readParameters } from '../check-rows.js';
import type { Uncertainty } from '../parametric/uncertainty.js';
import type { FittedSurrogate, Surrogate, SurrogateState } from '../surrogate.js';
import { mixingLawM4 } from './mixing-law-m4.js';
import { mixingLawProduct } from './mixing-law-product.js';

const name = 'mixing-law';
const forms: Readonly<Record<string, Surrogate>> = { 'log-linear': mixingLawM4, product: mixingLawProduct };
const titles: Readonly<Record<string, string>> = { 'log-linear': 'M4', product: 'the product form' };

/** The inner fit under this surrogate's name; its state says which form it is. */
function present(fitted: FittedSurrogate, state: SurrogateState): FittedSurrogate {
  const { outcome } = state as { outcome: { reason: string } };
  return {
    ...fitted,
    name,
    reason: outcome.reason,
    describe: () => ({ form: formOf(state), ...fitted.describe() }),
    state: () => state,
  };
}

function formOf(state: SurrogateState): string {
  const form = (state.constants as { law?: string } | undefined)?.law ?? '';
  if (form in forms) return form;
  throw new InvalidInputError('STATE', `a mixing law of unknown form "${form}"`, {
    argument: 'state.constants.law',
    value: form,
    allowed: Object.keys(forms).join(', '),
  });
}

/** Root mean squared leave-one-out error, in standard deviations of the losses. */
const leaveOneOut = (fitted: FittedSurrogate): number =>
  Math.sqrt((fitted.state().uncertainty as Uncertainty).leaveOneOut);

export const mixingLaw: Surrogate = {
  name,
  summary: 'data mixing law, M4 or the product form by leave-one-out error: few domains, few runs',
  parameters: {},
  // No warm start: without a ridge M4 has several minima, and one found with the rows held out would remember them.
  fit(mixtures, losses, given) {
    readParameters({}, given);
    checkRows(mixtures, losses, (mixtures[0]?.length ?? 0) + 1);
    const fits = Object.entries(forms).map(([form, surrogate]) => ({ form, fitted: surrogate.fit(mixtures, losses) }));
    const best = fits.reduce((a, b) => (leaveOneOut(b.fitted) < leaveOneOut(a.fitted) ? b : a));
    const state = best.fitted.state() as { outcome: Record<string, unknown>; constant: number | null };
    const errors = fits.map(({ form, fitted }) => `${titles[form]} ${leaveOneOut(fitted).toPrecision(3)}`);
    const chosen = `leave-one-out error in standard deviations: ${errors.join(', ')}; ${best.fitted.reason}`;
    const constant = state.constant !== null;
    const reason = constant ? best.fitted.reason : chosen;
    return present(best.fitted, { ...state, outcome: { ...state.outcome, reason } });
  },
  restore: (state) => present(forms[formOf(state)]!.restore(state), state),
};
