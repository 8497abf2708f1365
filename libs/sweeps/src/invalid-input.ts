import { InvalidInputError } from '#libs/simplex';
import { InvalidField } from './sweeps.errors.js';

/** Runs a pure function on a request's field; a caller's mistake found there becomes an error that names the field. */
export async function checkingField<T>(field: string, compute: () => T | Promise<T>): Promise<T> {
  try {
    return await compute();
  } catch (error) {
    if (error instanceof InvalidInputError) {
      throw new InvalidField(field, error.message, error.code.toLowerCase().replaceAll('_', '-'));
    }
    throw error;
  }
}
