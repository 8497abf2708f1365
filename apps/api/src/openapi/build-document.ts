import { STATUS_CODES } from 'node:http';
import type { Type } from '@nestjs/common';
import type { z } from 'zod';
import { problemSchema } from '#libs/contracts';
import { Components, inline } from './components.js';
import { type Route, readRoutes } from './read-routes.js';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document: its schemas are JSON Schema 2020-12, which zod writes without loss. */
export function buildDocument(controllers: readonly Type[], version: string): Json {
  const components = new Components();
  const routes = readRoutes(controllers);
  for (const { body } of routes) if (body !== undefined) components.describe(body, 'input');
  const problem = components.describe(problemSchema, 'output');
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, components, problem) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cuvée',
      version,
      description:
        'Data-mixture optimization: sweeps of proxy runs, honest fits, domain weights ready for a trainer. ' +
        'Errors are RFC 9457 problem documents with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: components.all() },
  };
}

function operation(route: Route, components: Components, problem: Json): Json {
  const {
    summary,
    description,
    headers = {},
    responses,
    mediaType = 'application/json',
    alternatives = {},
    errors = [],
  } = route.description;
  const parameters = [
    ...route.parameters.map(({ name, schema }) => ({
      name,
      in: 'path',
      required: true,
      schema: components.describe(schema, 'input'),
    })),
    ...queryParameters(route.query),
    ...Object.entries(headers).map(([name, text]) => ({
      name,
      in: 'header',
      required: false,
      description: text,
      schema: { type: 'string' },
    })),
  ];
  const others = Object.fromEntries(
    Object.entries(alternatives).map(([type, text]) => [type, { schema: { type: 'string', description: text } }]),
  );
  const answers = Object.entries(responses).map(([status, schema]) => [
    status,
    {
      description: STATUS_CODES[status],
      ...(schema === null
        ? {}
        : { content: { [mediaType]: { schema: components.describe(schema, 'output') }, ...others } }),
    },
  ]);
  const takesBody = route.body !== undefined || route.description.body !== undefined;
  const problems = [...new Set([...errors, ...(takesBody ? [400, 413] : []), 500, 503])]
    .sort((a, b) => a - b)
    .filter((status) => !(status in responses))
    .map((status) => [
      String(status),
      {
        description: STATUS_CODES[status],
        content: { 'application/problem+json': { schema: problem } },
      },
    ]);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(route, components),
    responses: Object.fromEntries([...answers, ...problems]),
  };
}

function requestBody({ body, description }: Route, components: Components): Json {
  const schema = body ?? description.body?.schema;
  if (schema === undefined) return {};
  const alternatives = Object.entries(description.body?.alternatives ?? {}).map(([type, text]) => [
    type,
    { schema: { type: 'string', description: text } },
  ]);
  const content = {
    'application/json': { schema: components.describe(schema, 'input') },
    ...Object.fromEntries(alternatives),
  };
  return { requestBody: { required: true, content } };
}

/** A query schema is an object: each of its fields is a parameter. */
function queryParameters(query: z.ZodType | undefined): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = inline(query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}
