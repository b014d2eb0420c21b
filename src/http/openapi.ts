import * as z from 'zod';
import type { Route } from './route.ts';

interface SchemaObject {
  readonly [key: string]: unknown;
}

const ERROR_SCHEMA = {
  type: 'object',
  properties: { Code: { const: 'ERROR' }, Message: { type: 'string' }, Details: {} },
  required: ['Code', 'Message', 'Details'],
};

/**
 * The route table as an OpenAPI 3.1 document (its schemas are JSON Schema, which zod renders).
 * `programVersion` becomes info.version, `urlPrefix` the server address.
 */
export function openApiDocument(routes: readonly Route[], programVersion: string, urlPrefix: string): SchemaObject {
  const paths: Record<string, SchemaObject> = {};
  for (const route of routes) paths[route.path.replace(/:(\w+)/g, '{$1}')] = { get: operation(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'orchestrator',
      version: programVersion,
      description: 'Bare answers carry the value itself, the others an envelope. Code ERROR goes with status 500.',
    },
    servers: [{ url: urlPrefix === '' ? '/' : urlPrefix }],
    paths,
  };
}

function operation(route: Route): SchemaObject {
  return {
    operationId: operationId(route.path),
    summary: route.doc,
    tags: [route.group],
    'x-permission': route.permission,
    parameters: [...parameters(route, 'path'), ...parameters(route, 'query')],
    responses: {
      200: { description: 'OK', content: { [contentType(route)]: { schema: responseSchema(route) } } },
      ...(route.response.kind === 'bare' || route.response.kind === 'envelope'
        ? { 500: { description: 'Refused or failed', content: { 'application/json': { schema: ERROR_SCHEMA } } } }
        : {}),
    },
  };
}

const operationId = (path: string): string =>
  path
    .replace(/^\/api\//, '')
    .replace(/:/g, 'by-')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

function contentType(route: Route): string {
  if (route.response.kind === 'stream') return 'text/event-stream';
  return route.response.kind === 'text' ? 'text/plain' : 'application/json';
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): SchemaObject => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as SchemaObject;
  return rest;
};

function responseSchema(route: Route): SchemaObject {
  const schema = jsonSchema(route.response.schema, 'output');
  if (route.response.kind !== 'envelope') return schema;
  return {
    type: 'object',
    properties: { Code: { const: 'OK' }, Message: { type: 'string' }, Details: schema },
    required: ['Code', 'Message', 'Details'],
  };
}

/** Parameters of one place. Path parameters that this path does not have are left out. */
export function parameters(route: Route, place: 'path' | 'query'): readonly SchemaObject[] {
  const schema = jsonSchema(place === 'path' ? route.params : route.query, 'input');
  const properties = (schema.properties ?? {}) as Record<string, SchemaObject>;
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries(properties)
    .filter(([name]) => place === 'query' || new RegExp(`:${name}(/|$)`).test(route.path))
    .map(([name, { description, ...rest }]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      description: description ?? '',
      schema: rest,
    }));
}
