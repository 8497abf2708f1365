/**
 * The first SIGTERM or SIGINT drains and ends the process with 0; a second one ends it at once. Listens from the start,
 * so that a signal which comes while the service starts is not lost: it stops as soon as it runs.
 */
export function stopOnSignals(starting: Promise<{ close(): Promise<void> }>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    starting
      .then((running) => running.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${String(error)}\n`);
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
