import type { ServerResponse } from 'node:http';
import { TooSlow } from './problems/request.errors.js';

/** Aborts when the client goes away before its answer is complete: nobody waits for what is computed then. */
export function abortWhenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}

/** Also aborts when the answer is not complete in time, with TooSlow, which says what to do `instead`. */
export function abortWhenGoneOrLate(response: ServerResponse, seconds: number, instead: string): AbortSignal {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new TooSlow(seconds, instead)), seconds * 1000);
  response.once('close', () => clearTimeout(timer));
  return AbortSignal.any([abortWhenGone(response), late.signal]);
}
