import type { Problem } from '#libs/contracts';
import { CommandFailed } from '../cli.errors.js';

/** Statuses which say that the request itself cannot be used, whoever sends it again. */
const unusable = new Set([400, 404, 413, 415, 422]);

/** The API's problem document as one line, with the fields at fault. */
export class ApiProblem extends CommandFailed {
  override readonly exitCode: number;

  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    const fields = (problem.errors ?? [])
      .filter(({ message }) => !problem.detail.includes(message))
      .map(({ field, message }) => `${field}: ${message}`);
    super([problem.detail || problem.title, ...fields].join('; '));
    this.exitCode = unusable.has(status) ? 2 : 1;
  }
}

export class ApiUnreachable extends CommandFailed {
  constructor(url: string, cause: unknown) {
    super(`no Cuvée API answers at ${url}. Start one with "cuvee up", or name another with --url or CUVEE_URL.`, {
      cause,
    });
  }
}
