import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { openApiDocument } from './document.js';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Cuvée API</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="icon" href="/docs/assets/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

/** The page draws with inline styles and data: images; everything comes from this server. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** /openapi.json and, at /docs, its user interface, from files on this machine. */
export function serveDocs(app: NestExpressApplication): void {
  const require = createRequire(import.meta.url);
  const http = app.getHttpAdapter();
  let document: string | undefined;
  const answer = (path: string, type: string, body: () => string): void => {
    http.get(path, (_request: unknown, response: ServerResponse) => {
      response.setHeader('Content-Type', `${type}; charset=utf-8`);
      response.setHeader('Content-Security-Policy', contentPolicy);
      response.end(body());
    });
  };
  answer('/openapi.json', 'application/json', () => {
    document ??= JSON.stringify(openApiDocument());
    return document;
  });
  answer('/docs', 'text/html', () => page);
  // Who opens the address of the API in a browser wants to know what it is.
  http.get('/', (_request: unknown, response: ServerResponse) => {
    response.writeHead(302, { Location: '/docs' }).end();
  });
  answer('/docs/start.js', 'text/javascript', () => start);
  app.useStaticAssets(dirname(require.resolve('swagger-ui-dist/package.json')), {
    prefix: '/docs/assets/',
    index: false,
    fallthrough: true,
  });
}
