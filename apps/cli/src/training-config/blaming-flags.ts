import { InvalidInputError } from '#libs/simplex';
import { UnusableInput } from '../cli.errors.js';
import { ApiProblem } from '../client/api.errors.js';
import { inFlags } from './flag-names.js';

/** Runs `work`; what the library or the API complains of names the flags that mend it. */
export async function blamingFlags<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InvalidInputError) throw new UnusableInput(inFlags(error.message), { cause: error });
    if (error instanceof ApiProblem) {
      const { detail, errors } = error.problem;
      const inShell = errors?.map(({ message, ...rest }) => ({ ...rest, message: inFlags(message) }));
      throw new ApiProblem(error.status, { ...error.problem, detail: inFlags(detail), errors: inShell });
    }
    throw error;
  }
}
