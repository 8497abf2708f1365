import type { IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { RequestCounts } from './metrics/request-counts.js';
import { serveDocs } from './openapi/serve-docs.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { securityHeaders } from './security-headers.js';
import { ContractPipe } from './validation/contract.pipe.js';

/** A corpus of 300 domains with locations may be larger than any other body. */
const corpusLimit = 4 << 20;
const bodyLimit = 256 << 10;

/** What every request passes, in this order. */
export function configureHttp(app: NestExpressApplication, docs: boolean): void {
  app.disable('x-powered-by');
  // Query values are text or lists of text: nothing nests, so that no object can stand where a text is expected.
  app.set('query parser', 'simple');
  app.use(app.get(RequestCounts).middleware);
  app.use(securityHeaders);
  app.useBodyParser('json', { limit: corpusLimit, type: isCorpus });
  app.useBodyParser('json', { limit: bodyLimit });
  app.useGlobalPipes(new ContractPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (docs) serveDocs(app);
}

function isCorpus(request: IncomingMessage): boolean {
  const path = request.url?.split('?')[0];
  return path === '/v1/corpora' && /^application\/json\b/i.test(request.headers['content-type'] ?? '');
}
