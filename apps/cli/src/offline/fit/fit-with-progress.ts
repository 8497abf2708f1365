import { type FitTargetsRequest, fitTargetsInThreads } from '#libs/computing';
import type { Gathered, TargetFitRecord } from '#libs/surrogates';
import { interruptible } from '../../interruptible.js';
import { StatusLine } from '../../terminal/status-line.js';

/** Fits every target in threads, with progress on standard error. Ctrl-C ends it at once. */
export async function fitWithProgress(request: FitTargetsRequest): Promise<Gathered<TargetFitRecord>> {
  const line = new StatusLine();
  try {
    return await interruptible((signal) =>
      fitTargetsInThreads(request, {
        signal,
        onProgress: ({ target, step, unfitted, done, total }) => {
          if (unfitted) line.show(`${target} cannot be fitted (${done} of ${total})`, true);
          else if (step === null) line.show(`fitted ${target} (${done} of ${total})`, true);
          else line.show(`fitting, ${done} of ${total} done · ${target}: ${step}`, false);
        },
      }),
    );
  } finally {
    line.clear();
  }
}
