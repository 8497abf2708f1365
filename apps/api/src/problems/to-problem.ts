import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { Problem } from '#libs/contracts';
import { InvalidInputError } from '#libs/simplex';
import { SweepsError } from '#libs/sweeps';
import { isUnavailable } from './is-unavailable.js';

const longest = 2000;

/** What body parsing throws: http-errors with these properties, or Nest's wrapping of them. */
interface BodyError {
  type?: string;
  status?: number;
  limit?: number;
  length?: number;
  message: string;
}

/** Any error as an RFC 9457 document. What is not a caller's mistake says nothing of what went wrong inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof SweepsError) return problem(error.status, error.code, error.message, error.fields);
  if (error instanceof InvalidInputError) {
    const field = error.details.argument ?? '';
    const code = error.code.toLowerCase().replaceAll('_', '-');
    return problem(422, code, `${error.message}.`, field === '' ? [] : [{ field, message: error.message }]);
  }
  const body = asBodyError(error);
  if (body !== null) return body;
  if (error instanceof HttpException) return fromHttpException(error);
  if (isUnavailable(error)) {
    return problem(503, 'database-unavailable', 'The database cannot be reached at the moment. Try again shortly.');
  }
  return problem(500, 'internal', 'Something went wrong on our side. The log of the API tells more.');
}

function fromHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  if (status === 404) return problem(404, 'route-not-found', `${error.message}: there is no such route.`);
  if (status === 400) return problem(400, 'bad-request', `The request cannot be read: ${error.message}.`);
  return problem(status, `http-${status}`, error.message);
}

function asBodyError(error: unknown): Problem | null {
  const source = error instanceof HttpException ? error.cause : error;
  const { type, status = 400, limit, length, message } = (source ?? {}) as BodyError;
  if (type === 'entity.too.large') {
    const sent = length === undefined ? '' : ` of ${length} bytes`;
    return problem(413, 'body-too-large', `The body${sent} is larger than the ${limit} bytes allowed here.`, [
      { field: '', message: `at most ${limit} bytes` },
    ]);
  }
  if (typeof type !== 'string' || !/^(entity|encoding|charset|request|stream)\./.test(type)) return null;
  if (type === 'entity.parse.failed') return problem(400, 'malformed-json', `The body is no JSON: ${message}.`);
  return problem(status, type.replaceAll('.', '-'), `The body cannot be read: ${message}.`);
}

function problem(
  status: number,
  code: string,
  detail: string,
  errors: readonly { field: string; message: string }[] = [],
): Problem {
  return {
    type: `urn:cuvee:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail: shorten(detail),
    ...(errors.length > 0
      ? { errors: errors.map(({ field, message }) => ({ field: shorten(field), message: shorten(message) })) }
      : {}),
  };
}

/** What was sent may be repeated, but not megabytes of it. */
function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}
