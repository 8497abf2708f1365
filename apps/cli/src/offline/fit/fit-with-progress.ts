import { type FitTargetsRequest, type FittedTargetRecords, fitTargetsInThreads } from '#libs/computing';
import { interruptible } from '../../interruptible.js';
import { StatusLine } from '../../terminal/status-line.js';

/** Fits every target in threads, with progress on standard error. Ctrl-C ends it at once. */
export async function fitWithProgress(request: FitTargetsRequest): Promise<FittedTargetRecords> {
  const line = new StatusLine();
  try {
    return await interruptible((signal) =>
      fitTargetsInThreads(request, {
        signal,
        onProgress: ({ target, step, done, total }) => {
          if (step === null) line.show(`fitted ${target} (${done} of ${total})`, true);
          else line.show(`fitting, ${done} of ${total} done · ${target}: ${step}`, false);
        },
      }),
    );
  } finally {
    line.clear();
  }
}
