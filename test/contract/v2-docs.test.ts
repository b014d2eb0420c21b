import { expect, test } from 'vitest';
import { openApiV2Document } from '../../src/http/openapi.ts';
import { v2Docs } from '../../src/http/v2/docs.ts';
import { v2Routes } from '../../src/http/v2/index.ts';
import { startTestServer } from './support/http-server.ts';
import { contractOf, V2_NAMES } from './support/v2-request.ts';

test('docs/api-v2.md is what the contracts say (npx vitest run test/contract/v2-docs.test.ts -u writes it)', async () => {
  await expect(v2Docs(v2Routes)).toMatchFileSnapshot('../../docs/api-v2.md');
});

test('every route has a sentence, its parameters, and a place of its own', () => {
  const seen = new Set<string>();
  for (const { method, path, doc, params, mutates, permission, query } of v2Routes) {
    expect(seen.has(`${method} ${path}`), path).toBe(false);
    seen.add(`${method} ${path}`);
    expect(doc, path).toMatch(/[.?)]$/);
    expect(Object.keys(params.shape)).toEqual([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
    expect([permission === 'write', 'dryRun' in query.shape, method !== 'GET'], path).toEqual([
      mutates,
      mutates,
      mutates,
    ]);
  }
});

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, { schema: object }> };
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: object;
  }[];
}

const document = openApiV2Document(v2Routes, '1.2.3', '/orc') as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
};

test('the OpenAPI document has every route, whose schemas are described once and are all there', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations).toHaveLength(v2Routes.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const name of V2_NAMES) {
    const { method, path, body, status } = contractOf(name);
    const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    expect(operation?.operationId).toBe(name);
    expect(operation?.requestBody !== undefined, name).toBe(body !== null);
    expect(Object.keys(operation?.responses ?? {}), name).toContain(String(status));
    expect(operation?.responses.default?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
  }
  const text = JSON.stringify(document);
  const referred = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to ?? ''));
  for (const to of referred)
    expect(document.components.schemas, to).toHaveProperty(to.slice('#/components/schemas/'.length));
  expect(referred.size).toBeGreaterThan(12);
});

test('parameters are numbers and truths, as they are meant', () => {
  const list = document.paths['/api/v2/recoveries']?.get?.parameters ?? [];
  const of = (name: string) => list.find((one) => one.name === name);
  expect(of('limit')).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  });
  expect(of('unacknowledged')).toMatchObject({ required: false, schema: { type: 'boolean', default: false } });
  const port = document.paths['/api/v2/instances/{host}/{port}']?.get?.parameters.find(({ name }) => name === 'port');
  expect(port).toMatchObject({ in: 'path', required: true, schema: { type: 'integer', maximum: 65535 } });
});

test('the page shows every route, without a script', async () => {
  const api = await startTestServer();
  try {
    const { status, contentType, headers, text } = await api.get('/api/v2/docs');
    expect([status, contentType]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(text).not.toContain('<script');
    for (const name of V2_NAMES) expect(text).toContain(`id="${name}"`);
  } finally {
    await api.server.close();
  }
});
