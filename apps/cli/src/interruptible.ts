import { CommandFailed } from './cli.errors.js';

/** What a shell gives a program that Ctrl-C ended. */
class Interrupted extends CommandFailed {
  override readonly exitCode = 130;
}

/**
 * Runs work that Ctrl-C (or SIGTERM) ends at once: the signal given to it aborts, and the error says that nothing was
 * written. Whatever `work` writes it must write after the part that may be interrupted.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Interrupted('interrupted; nothing was written'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, interrupt);
  try {
    return await work(stop.signal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, interrupt);
  }
}
