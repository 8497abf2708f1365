import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openApiDocument } from '../src/openapi/document.js';

const committed = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'));
const document = openApiDocument() as {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown> };
};

it('the committed document is the one that the code describes: run `npm run openapi` after a change', () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(document)));
});

it('every route of this part stands in the document', () => {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toEqual(
    [
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /v1/corpora',
      'GET /v1/corpora/{id}',
      'GET /v1/fits/{id}',
      'GET /v1/formats',
      'GET /v1/proposals/{id}',
      'GET /v1/proposals/{id}/export',
      'GET /v1/runs/{id}',
      'GET /v1/runs/{id}/curve',
      'GET /v1/sweeps',
      'GET /v1/sweeps/{id}',
      'GET /v1/sweeps/{id}/events',
      'GET /v1/sweeps/{id}/export',
      'GET /v1/sweeps/{id}/failures',
      'GET /v1/sweeps/{id}/fits',
      'GET /v1/sweeps/{id}/proposals',
      'GET /v1/sweeps/{id}/runs',
      'GET /v1/sweeps/{id}/transfer',
      'GET /v1/workers',
      'GET /v1/workers/{id}',
      'POST /v1/corpora',
      'POST /v1/fits/{id}/cancel',
      'POST /v1/fits/{id}/predict',
      'POST /v1/fits/{id}/proposals',
      'POST /v1/formats/{name}/check',
      'POST /v1/formats/{name}/read',
      'POST /v1/leases',
      'POST /v1/leases/{id}/complete',
      'POST /v1/leases/{id}/fail',
      'POST /v1/leases/{id}/heartbeat',
      'POST /v1/leases/{id}/release',
      'POST /v1/leases/{id}/report',
      'POST /v1/runs/{id}/retry',
      'POST /v1/sweeps',
      'POST /v1/sweeps/import',
      'POST /v1/sweeps/{id}/cancel',
      'POST /v1/sweeps/{id}/fits',
      'POST /v1/sweeps/{id}/proposals',
      'POST /v1/sweeps/{id}/retry-failed',
      'PUT /v1/workers/{id}',
    ].sort(),
  );
});

it('parameters and bodies carry the bounds that the contracts check', () => {
  const text = JSON.stringify(document.paths['/v1/sweeps']);
  expect(text).toContain('"dryRun"');
  expect(text).toContain('"Idempotency-Key"');
  const { schemas } = document.components;
  expect(JSON.stringify(schemas.RegmixStrategy)).toContain('"const":"regmix"');
  expect(schemas.CreateSweep).toMatchObject({ additionalProperties: false });
  expect(schemas.Sweep).not.toHaveProperty('additionalProperties');
});

it('an export says in which media types it comes, and that it may have nothing to say', () => {
  const { responses, parameters } = document.paths['/v1/sweeps/{id}/export']!.get as {
    responses: Record<string, { content?: object }>;
    parameters: { name: string; required: boolean }[];
  };
  expect(Object.keys(responses[200]!.content!)).toEqual(['application/json', 'text/plain', 'application/zip']);
  expect(responses[304]).not.toHaveProperty('content');
  expect(parameters.filter(({ required }) => required).map(({ name }) => name)).toEqual(['id', 'format']);
  expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(['then', 'file', 'as', 'If-None-Match']));
});

it('every reference has its component', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  expect(JSON.stringify(document)).not.toContain('$defs');
});
