import { expect, test } from 'vitest';
import { apiDocs } from '../../src/http/api-docs.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';

const routes = routesWithStatus();

test('docs/api.md is what the route table says (npx vitest run test/contract/http-docs.test.ts -u writes it)', async () => {
  await expect(apiDocs(routes)).toMatchFileSnapshot('../../docs/api.md');
});

test('every route has a sentence, a path of its own, and a schema for each of its parameters', () => {
  const seen = new Set<string>();
  for (const route of routes) {
    expect(seen.has(route.path), `twice: ${route.path}`).toBe(false);
    seen.add(route.path);
    expect(route.doc, route.path).toMatch(/[.?)]$/);
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
    for (const name of names) expect(Object.keys(route.params.shape), route.path).toContain(name);
  }
});

/** Reads that need authorization for action, too (historic), and the answers of a node that runs alone. */
const GUARDED_READS =
  /^\/api\/(bulk-|reload-|agents?(\/|$)|agent-|seeds$|(heuristic-)?cluster-pool|master-equivalent|last-pseudo-gtid|restart-(replica|slave)-statements|raft-(add|remove|yield))/;

test('what changes something needs authorization', () => {
  for (const route of routes)
    expect(route.permission === 'write', route.path).toBe(route.mutates || GUARDED_READS.test(route.path));
});

test('what changes something takes dryRun, and nothing else does', () => {
  for (const route of routes) expect('dryRun' in route.query.shape, route.path).toBe(route.mutates);
});

test('the OpenAPI document describes every route', () => {
  const document = openApiDocument(routes, '1.2.3', '/orc') as {
    readonly paths: Record<string, { get: { operationId: string; parameters: { name: string; in: string }[] } }>;
  };
  expect(Object.keys(document.paths)).toHaveLength(routes.length);
  const ids = Object.values(document.paths).map((path) => path.get.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const recover = document.paths['/api/recover/{host}/{port}'];
  expect(recover?.get.parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).toEqual([
    'path host',
    'path port',
    'query skipProcesses',
    'query dryRun',
  ]);
  expect(JSON.parse(JSON.stringify(document))).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
});
