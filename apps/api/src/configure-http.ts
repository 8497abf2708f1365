import type { IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { importLimits } from '#libs/contracts';
import { isImport } from './imports/import-format.js';
import { limitUnderWay } from './limit-under-way.js';
import { RequestCounts } from './metrics/request-counts.js';
import { serveDocs } from './openapi/serve-docs.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { securityHeaders } from './security-headers.js';
import { ContractPipe } from './validation/contract.pipe.js';

/** A corpus of 300 domains with locations, mixtures to predict, a file of a trainer: larger than other bodies. */
const largeLimit = 4 << 20;
const bodyLimit = 256 << 10;
/** The result of a mixture of experts holds a count for every layer, domain and expert. */
const resultLimit = 16 << 20;
/** Each holds a body of up to 64 MB in memory, and then a thread. */
const mostImports = 4;

/** What every request passes, in this order. */
export function configureHttp(app: NestExpressApplication, docs: boolean): void {
  app.disable('x-powered-by');
  // Query values are text or lists of text: nothing nests, so that no object can stand where a text is expected.
  app.set('query parser', 'simple');
  app.use(app.get(RequestCounts).middleware);
  app.use(securityHeaders);
  app.use(limitUnderWay(mostImports, isImport));
  // Left as bytes: a thread parses them.
  app.useBodyParser('raw', { limit: importLimits.bytes, type: isImport });
  app.useBodyParser('json', { limit: largeLimit, type: isLarge });
  app.useBodyParser('json', { limit: resultLimit, type: isResult });
  app.useBodyParser('json', { limit: bodyLimit });
  app.useGlobalPipes(new ContractPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (docs) serveDocs(app);
}

const isLarge = jsonTo(/^\/v1\/(corpora|fits\/[^/]+\/predict|formats\/[^/]+\/(check|read)|leases\/[^/]+\/report)\/?$/i);
const isResult = jsonTo(/^\/v1\/leases\/[^/]+\/complete\/?$/i);

function jsonTo(paths: RegExp): (request: IncomingMessage) => boolean {
  return ({ url, headers }) =>
    paths.test(url?.split('?')[0] ?? '') && /^application\/json\b/i.test(headers['content-type'] ?? '');
}
