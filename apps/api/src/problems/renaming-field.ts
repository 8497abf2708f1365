import { InvalidInputError } from '#libs/simplex';

/** A mistake that a library found in one of its arguments, named as the request names it. */
export async function renamingField<T>(names: Readonly<Record<string, string>>, compute: () => Promise<T>): Promise<T> {
  try {
    return await compute();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { argument = '' } = error.details;
    const name = Object.hasOwn(names, argument) ? names[argument] : argument;
    throw new InvalidInputError(error.code, error.message, { ...error.details, argument: name });
  }
}
