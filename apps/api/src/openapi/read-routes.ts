import 'reflect-metadata';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { z } from 'zod';
import { OPERATION, type OperationDescription } from './operation.decorator.js';

export interface Route {
  /** Lower case, as OpenAPI has it. */
  method: string;
  /** `/v1/sweeps/{id}` */
  path: string;
  operationId: string;
  tag: string;
  description: OperationDescription;
  body?: z.ZodType;
  query?: z.ZodType;
  parameters: { name: string; schema: z.ZodType }[];
}

interface Argument {
  data?: string;
  schema?: z.ZodType;
}

/**
 * The routes of these controllers from Nest's own metadata: the schemas are the very objects that validate requests.
 * Throws for a handler without @Operation.
 */
export function readRoutes(controllers: readonly Type[]): Route[] {
  return controllers.flatMap((controller) =>
    Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
      const handler = controller.prototype[name];
      if (name === 'constructor') return [];
      const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
      if (path === undefined) return [];
      const description = Reflect.getMetadata(OPERATION, handler) as OperationDescription | undefined;
      if (description === undefined) throw new Error(`${controller.name}.${name} has no @Operation`);
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod;
      const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
      const noun = controller.name.replace(/Controller$/, '');
      return [
        {
          method: RequestMethod[method].toLowerCase(),
          path: `/${[prefix, path].join('/')}`
            .replace(/\/+/g, '/')
            .replace(/(.)\/$/, '$1')
            .replace(/:(\w+)/g, '{$1}'),
          operationId: `${noun.charAt(0).toLowerCase()}${noun.slice(1)}.${name}`,
          tag: prefix.replace(/^v1\//, ''),
          description,
          ...argumentsOf(controller, name),
        },
      ];
    }),
  );
}

function argumentsOf(controller: Type, handler: string): Pick<Route, 'body' | 'query' | 'parameters'> {
  const found = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Record<string, Argument>;
  const result: Pick<Route, 'body' | 'query' | 'parameters'> = { parameters: [] };
  for (const [key, { data, schema }] of Object.entries(found)) {
    if (schema === undefined) continue;
    const kind = Number(key.split(':')[0]);
    if (kind === RouteParamtypes.BODY) result.body = schema;
    else if (kind === RouteParamtypes.QUERY) result.query = schema;
    else if (kind === RouteParamtypes.PARAM) result.parameters.push({ name: data ?? '', schema });
  }
  return result;
}
