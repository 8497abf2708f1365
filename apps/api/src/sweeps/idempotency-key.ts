import type { IncomingMessage } from 'node:http';
import { MalformedHeader } from '../problems/request.errors.js';

/** The Idempotency-Key of a request, or undefined. Throws MalformedHeader for one that cannot be kept. */
export function idempotencyKeyOf(request: IncomingMessage): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new MalformedHeader('Idempotency-Key', 'must be one key of 1 to 200 printable characters without spaces');
  }
  return key;
}
