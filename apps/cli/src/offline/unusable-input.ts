import { InvalidInputError } from '#libs/simplex';
import { UnusableInput } from '../cli.errors.js';

/** Runs `work` and turns a library's complaint about its input into exit code 2, naming where the input came from. */
export async function blamingInput<T>(
  work: () => T | Promise<T>,
  where?: string | ((error: InvalidInputError) => string | undefined),
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const place = typeof where === 'function' ? where(error) : where;
    throw new UnusableInput(place ? `${place}: ${error.message}` : error.message, { cause: error });
  }
}
