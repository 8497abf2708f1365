/** The exit code that an error asks for; 2 for a mistake in the input or the environment that a library found; 1 for the rest. */
export function exitCodeOf(error: unknown): number {
  const { exitCode, severity, name } = (error ?? {}) as { exitCode?: unknown; severity?: unknown; name?: unknown };
  if (typeof exitCode === 'number' && exitCode > 0) return exitCode;
  return severity === 'caller' || name === 'ConfigurationError' ? 2 : 1;
}

/** One clear line on standard error; with CUVEE_DEBUG=1 the stack and its causes as well. */
export function printError(error: unknown, environment: NodeJS.ProcessEnv = process.env): void {
  process.stderr.write(`cuvee: ${describeError(error)}\n`);
  if (environment.CUVEE_DEBUG === '1') {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      process.stderr.write(`${cause.stack}\n`);
  }
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection tried on several addresses fails with an AggregateError, whose own message is empty.
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(describeError).join('; ');
  const lines = error.message.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ') || error.name;
}
