/** What went wrong with the embedded PostgreSQL, in words for the person at the terminal. */
export class StackError extends Error {
  constructor(
    readonly code:
      | 'unsupported-platform'
      | 'in-use'
      | 'no-account'
      | 'not-allowed'
      | 'initialise'
      | 'start'
      | 'stop'
      | 'migrate',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StackError';
  }
}
