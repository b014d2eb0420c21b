import { expect, test } from 'vitest';
import { type ApiDocument, chaptersOf, filtered, typeText } from './document.ts';

const operation = (tag: string, summary: string) => ({ operationId: summary, summary, tags: [tag], responses: {} });
const document: ApiDocument = {
  info: { title: 't', version: 'v' },
  paths: {
    '/api/cluster/{name}': { get: operation('Clusters', 'All servers.') },
    '/api/tag/{host}': { get: operation('Tags', 'Sets a tag.'), delete: operation('Tags', 'Removes it.') },
    '/api/clusters': { get: operation('Clusters', 'Names.') },
  },
};
const pathsOf = (text: string) =>
  filtered(chaptersOf(document), text).flatMap(({ operations }) =>
    operations.map(({ method, path }) => `${method} ${path}`),
  );

test('groups in the order of the document, filtered by all words of a text', () => {
  expect(chaptersOf(document).map(({ name, operations }) => [name, operations.length])).toEqual([
    ['Clusters', 2],
    ['Tags', 2],
  ]);
  expect(pathsOf('')).toHaveLength(4);
  expect(pathsOf('  CLUSTERS names ')).toEqual(['GET /api/clusters']);
  expect(pathsOf('tags removes')).toEqual(['DELETE /api/tag/{host}']);
  expect(pathsOf('nothing of the kind')).toEqual([]);
});

test('schemas are written as types', () => {
  const text = { type: 'string' };
  expect(typeText({ type: 'array', items: text })).toBe('string[]');
  expect(typeText({ anyOf: [{ type: 'array', items: { enum: ['a', 1] } }, { type: 'null' }] })).toBe(
    '("a" | 1)[] | null',
  );
  expect(typeText({ type: 'object', additionalProperties: { $ref: '#/components/schemas/Key' } })).toBe(
    '{ [name]: Key }',
  );
  expect(typeText({ type: 'object', properties: { Code: { const: 'OK' }, Details: {} }, required: ['Code'] })).toBe(
    '{\n  Code: "OK";\n  Details?: any;\n}',
  );
  expect([typeText(true), typeText({ type: ['string', 'null'] }), typeText({ properties: {} })]).toEqual([
    'any',
    'string | null',
    '{}',
  ]);
});
