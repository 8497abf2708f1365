import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { toProblem } from './to-problem.js';

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    const response = http.getResponse<ServerResponse>();
    // The client went away, and what was computed for it was ended: nobody is left to answer.
    if (response.destroyed) return;
    const problem = toProblem(error);
    if (problem.status >= 500) {
      this.logger.error(`${request.method} ${request.url?.split('?')[0]}: ${problem.code}`, { err: error });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.statusCode = problem.status;
    response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
    if (problem.status === 503) response.setHeader('Retry-After', '5');
    response.end(JSON.stringify(problem));
  }
}
