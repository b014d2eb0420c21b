import { expect, test } from 'vitest';
import { openApiDocument } from '../../src/http/openapi.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { complaintsAbout } from './support/openapi-check.ts';

/** As it goes over the wire. */
const documentOf = (urlPrefix: string, statusEndpoint?: string) =>
  JSON.parse(JSON.stringify(openApiDocument(routesWithStatus(statusEndpoint), '1.2.3', urlPrefix))) as Record<
    string,
    unknown
  >;

test('the OpenAPI document is sound: references, parameters, operation ids, every schema by JSON Schema 2020-12', () => {
  expect(complaintsAbout(documentOf(''))).toEqual([]);
  expect(complaintsAbout(documentOf('/orc', '/status/of-node'))).toEqual([]);
});

test('what is wrong with a document is found', () => {
  const operation = {
    operationId: 'twice',
    summary: 's',
    parameters: [
      { name: 'other', in: 'path', required: true, schema: { type: 'text' } },
      { name: 'limit', in: 'query', schema: { minimum: '1', nullable: true } },
    ],
    responses: {
      200: { description: 'OK', content: { 'application/json': { schema: { $ref: '#/components/none' } } } },
    },
  };
  const paths = {
    '/a/{id}': { get: operation },
    '/a/{name}': { get: { ...operation, parameters: [], responses: { 999: { description: '' } } } },
  };
  const complaints = complaintsAbout({ openapi: '3.1.0', info: { title: 't', version: 'v' }, paths });
  for (const one of [
    'get /a/{id}: path id is not declared',
    'get /a/{id}: path other is not in the path',
    'get /a/{id} path other: type holds "text"',
    'get /a/{id} query limit: minimum holds "1"',
    'get /a/{id} query limit: keyword nullable is not known',
    'get /a/{name}: operationId twice is that of get /a/{id}, too',
    '/a/{name}: cannot be told from /a/{id}',
    'get /a/{name}: 999 is no status',
    'document: #/components/none leads nowhere',
  ])
    expect(complaints).toContain(one);
});
