import { SHAPES } from './contract/v2/shapes.ts';
import { jsonSchema, nameSchemas, type SchemaObject } from './json-schema.ts';
import type { ResourceDoc, ResponseDoc, Route } from './route.ts';

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
  return {
    openapi: '3.1.0',
    info: {
      title: 'orchestrator',
      version: programVersion,
      description:
        'Bare answers carry the value itself, the others an envelope. Code ERROR goes with status 500. The better surface is /api/v2, see /api/v2/docs.',
    },
    servers: [{ url: urlPrefix === '' ? '/' : urlPrefix }],
    paths: pathsOf(routes),
  };
}

/** The same of /api/v2: a document of its own, so that what is generated from it knows nothing of envelopes. */
export function openApiV2Document(routes: readonly Route[], programVersion: string, urlPrefix: string): SchemaObject {
  const { components, refer } = nameSchemas(SHAPES);
  const seen = new Set<string>(routes.map(({ group }) => group));
  return {
    openapi: '3.1.0',
    info: {
      title: 'orchestrator API v2',
      version: programVersion,
      description: 'Errors are application/problem+json (RFC 9457). Whatever changes something takes ?dryRun=true.',
    },
    servers: [{ url: urlPrefix === '' ? '/' : urlPrefix }],
    tags: [...seen].map((name) => ({ name })),
    paths: refer(pathsOf(routes)),
    components: { schemas: components },
  };
}

function pathsOf(routes: readonly Route[]): SchemaObject {
  const paths: Record<string, Record<string, SchemaObject>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, route.response) };
  }
  return paths;
}

function operation(route: Route, response: Route['response']): SchemaObject {
  const isResource = response.kind === 'resource';
  return {
    operationId: isResource ? response.operationId : operationId(route.path),
    summary: route.doc,
    tags: [route.group],
    'x-permission': route.permission,
    parameters: [...parameters(route, 'path'), ...parameters(route, 'query')],
    ...(route.body === null
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body, 'input') } } },
        }),
    responses: isResource ? resourceResponses(response) : historicResponses(response),
  };
}

function resourceResponses({ status, schema, preview }: ResourceDoc): SchemaObject {
  const json = (one: SchemaObject, description: string): SchemaObject => ({
    description,
    content: { 'application/json': { schema: one } },
  });
  const [done, planned] = [jsonSchema(schema, 'output'), preview === null ? null : jsonSchema(preview, 'output')];
  const result = status === 204 ? { description: 'Done' } : json(done, 'Done');
  const dryRun = planned === null ? {} : { 200: json(planned, 'With dryRun=true') };
  const both = planned === null ? result : json({ anyOf: [done, planned] }, 'Done; with dryRun=true what would be');
  return {
    ...(status === 200 ? { 200: both } : { ...dryRun, [status]: result }),
    default: {
      description: 'A problem',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  };
}

function historicResponses(response: ResponseDoc): SchemaObject {
  return {
    200: { description: 'OK', content: { [contentType(response)]: { schema: responseSchema(response) } } },
    ...(response.kind === 'bare' || response.kind === 'envelope'
      ? { 500: { description: 'Refused or failed', content: { 'application/json': { schema: ERROR_SCHEMA } } } }
      : {}),
  };
}

const operationId = (path: string): string =>
  path
    .replace(/^\/api\//, '')
    .replace(/:/g, 'by-')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

function contentType({ kind }: ResponseDoc): string {
  if (kind === 'stream') return 'text/event-stream';
  return kind === 'text' ? 'text/plain' : 'application/json';
}

function responseSchema({ kind, schema: of }: ResponseDoc): SchemaObject {
  const schema = jsonSchema(of, 'output');
  if (kind !== 'envelope') return schema;
  return {
    type: 'object',
    properties: { Code: { const: 'OK' }, Message: { type: 'string' }, Details: schema },
    required: ['Code', 'Message', 'Details'],
  };
}

/** Parameters of one place. Path parameters that this path does not have are left out. */
export function parameters(route: Route, place: 'path' | 'query'): readonly SchemaObject[] {
  const of = place === 'path' ? route.params : route.query;
  const { required: told, properties: asSent } = jsonSchema(of, 'input');
  // The historic ones are texts that are looked through; those of /api/v2 are numbers and truths, written as text.
  const meant = route.response.kind === 'resource' ? jsonSchema(of, 'output').properties : asSent;
  const properties = (meant ?? {}) as Record<string, SchemaObject>;
  const required = (told ?? []) as readonly string[];
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
