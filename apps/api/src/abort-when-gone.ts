import type { ServerResponse } from 'node:http';

/** Aborts when the client goes away before its answer is complete: nobody waits for what is computed then. */
export function abortWhenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}
