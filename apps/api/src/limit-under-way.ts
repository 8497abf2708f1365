import type { IncomingMessage, ServerResponse } from 'node:http';
import { TooBusy } from './problems/request.errors.js';

/** Middleware: of the requests that `applies` names, lets so many be under way at a time and refuses the others. */
export function limitUnderWay(most: number, applies: (request: IncomingMessage) => boolean) {
  let underWay = 0;
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    if (applies(request)) {
      if (underWay >= most) {
        next(new TooBusy());
        return;
      }
      underWay += 1;
      response.once('close', () => {
        underWay -= 1;
      });
    }
    next();
  };
}
