import { InvalidInputError } from '#libs/simplex';

/** Errors lose their class on the way between threads; a caller's mistake keeps what makes it one. */
export type ThreadError =
  | { readonly mistake: { code: string; message: string; details: InvalidInputError['details'] } }
  | { readonly message: string; readonly stack: string | undefined };

export function toThreadError(error: unknown): ThreadError {
  if (error instanceof InvalidInputError) {
    return { mistake: { code: error.code, message: error.message, details: error.details } };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, stack };
}

export function fromThreadError(error: ThreadError): Error {
  if ('mistake' in error)
    return new InvalidInputError(error.mistake.code, error.mistake.message, error.mistake.details);
  return Object.assign(new Error(error.message), { stack: error.stack });
}
