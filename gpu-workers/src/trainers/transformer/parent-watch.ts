import type { ReadStream } from 'node:tty';

/** Exit code of a trainer whose parent is gone. */
export const orphanExitCode = 4;

/**
 * A worker holds the other end of the trainer's standard input and never writes: the end of that pipe means that the
 * worker died, however it died, and the trainer exits at once rather than keep a GPU for nobody. A terminal is a
 * person's and is left alone.
 */
export function exitWhenParentIsGone(input: NodeJS.ReadStream | ReadStream): void {
  if (input.isTTY) return;
  const exit = () => process.exit(orphanExitCode);
  input.once('end', exit).once('error', exit).resume();
}
