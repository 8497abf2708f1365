import type { FittedTargets } from '#libs/surrogates';

/** Predictions of a fit without signal look like any others. */
export function notesOnSilence(fits: FittedTargets): string[] {
  return Object.entries(fits)
    .filter(([, { diagnostics }]) => !diagnostics.signal.present)
    .map(([target, { diagnostics }]) => `the predictions of "${target}" mean nothing: ${diagnostics.signal.reason}`);
}
