/** What a caller got wrong, in a form a program can read: which argument, its value, and what is allowed. */
export interface InvalidInputDetails {
  readonly argument?: string;
  readonly value?: unknown;
  readonly allowed?: string;
  /** The domains concerned, when the fault lies with some of them. */
  readonly domains?: readonly string[];
  readonly [key: string]: unknown;
}

/**
 * A caller's mistake found by one of the pure libraries: wrong shape, non-finite input, infeasible constraints.
 * `code` is stable and meant for programs; `message` is meant for people. Never thrown for numerical trouble
 * inside a fit, which is a value on the result.
 */
export class InvalidInputError extends Error {
  readonly severity = 'caller';

  constructor(
    readonly code: string,
    message: string,
    readonly details: InvalidInputDetails = {},
  ) {
    super(message);
    this.name = 'InvalidInputError';
  }
}
